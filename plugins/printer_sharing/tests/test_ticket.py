"""Tickets: an IPP message becomes options of the queue, or a reason why it cannot."""

from __future__ import annotations

import pytest

from tympan.plugin import OptionChoice, OptionConstraint, QueueCapabilities, QueueOption
from tympan_printer_sharing._ticket import Fitted, Misfit, fitted, wishes
from tympan_wire.hub import ShareOption
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, Range, Resolution, attr, encode

TOLD = QueueCapabilities(
    media_types=("application/pdf",),
    options=(
        QueueOption(name="copies", values=("1-20",), default="1"),
        QueueOption(name="sides", values=("one-sided", "two-sided-long-edge"), default="one-sided"),
        QueueOption(name="media", values=("iso_a4_210x297mm", "iso_a3_297x420mm"), default="iso_a4_210x297mm"),
        QueueOption(name="print-color-mode", values=("monochrome", "color"), default="color"),
        QueueOption(name="print-quality", values=("draft", "normal"), default="normal"),
        QueueOption(name="printer-resolution", values=("300dpi", "600dpi"), default="600dpi"),
        QueueOption(name="media-source", values=("auto", "manual"), default="auto"),
        QueueOption(name="media-type", values=("stationery", "transparency"), default="stationery"),
        QueueOption(name="finishings", values=("none", "staple", "punch-dual-left"), default="none"),
        QueueOption(name="x-EXToner", values=("Full", "Save"), default="Full"),
    ),
    constraints=(
        OptionConstraint(
            one=OptionChoice(option="sides"), other=OptionChoice(option="media-type", value="transparency")
        ),
    ),
)


def ticket(*attributes: Attribute) -> bytes:
    return encode(Message.request(Operation.PRINT_JOB, 1, Group(GroupTag.OPERATION), Group(GroupTag.JOB, attributes)))


def options(*attributes: Attribute, told: QueueCapabilities = TOLD) -> dict[str, str]:
    fit = fitted(ticket(*attributes), told, (), "laser")
    assert isinstance(fit, Fitted), fit
    return dict(fit.options)


def test_everything_a_ticket_says_in_ipp_becomes_an_option() -> None:
    assert options(
        attr.integer("copies", 3),
        attr.keyword("sides", "two-sided-long-edge"),
        attr.keyword("media", "iso_a3_297x420mm"),
        attr.keyword("print-color-mode", "monochrome"),
        attr.enum("print-quality", 3),
        attr.resolution("printer-resolution", Resolution(300, 300, 3)),
        attr.enum("finishings", 4, 74),
        attr.range_("page-ranges", Range(2, 4), Range(7, 7)),
        attr.name_("x-EXToner", "Save"),
        attr.name_("job-name", "no wish"),
    ) == {
        "copies": "3",
        "sides": "two-sided-long-edge",
        "media": "iso_a3_297x420mm",
        "print-color-mode": "monochrome",
        "print-quality": "draft",
        "printer-resolution": "300dpi",
        "finishings": "staple,punch-dual-left",
        "page-ranges": "2-4,7-7",
        "x-EXToner": "Save",
    }


def test_a_collection_of_media_is_taken_apart() -> None:
    members = (attr.keyword("media-source", "manual"), attr.keyword("media-type", "stationery"))
    assert options(attr.collection("media-col", members)) == {"media-source": "manual", "media-type": "stationery"}


def by_measures(width: int, height: int) -> Attribute:
    """As CUPS orders paper of a printer that speaks IPP."""
    size = (attr.integer("x-dimension", width), attr.integer("y-dimension", height))
    return attr.collection("media-col", (attr.collection("media-size", size), attr.keyword("media-source", "manual")))


@pytest.mark.parametrize(("width", "height"), [(29700, 42000), (29704, 42016), (29660, 41990)])
def test_paper_that_is_ordered_by_its_measures_is_the_queues_paper_of_that_size(width: int, height: int) -> None:
    assert options(by_measures(width, height)) == {"media": "iso_a3_297x420mm", "media-source": "manual"}


def test_paper_of_measures_the_queue_has_not_is_refused_by_them() -> None:
    fit = fitted(ticket(by_measures(21590, 27940)), TOLD, (), "laser")
    assert isinstance(fit, Misfit)
    assert "cannot have media custom_215.9x279.4mm" in fit.detail


def test_a_name_of_paper_stands_before_its_measures() -> None:
    assert options(by_measures(29700, 42000), attr.keyword("media", "iso_a4_210x297mm"))["media"] == "iso_a4_210x297mm"


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        (attr.keyword("media", "na_letter_8.5x11in"), "cannot have media na_letter"),
        (attr.integer("copies", 21), "cannot have copies 21"),
    ],
)
def test_paper_and_copies_the_queue_has_not_are_refused(attribute: Attribute, said: str) -> None:
    fit = fitted(ticket(attribute), TOLD, (), "laser")
    assert isinstance(fit, Misfit)
    assert said in fit.detail


def test_what_the_driver_forbids_together_is_refused() -> None:
    fit = fitted(
        ticket(attr.keyword("sides", "two-sided-long-edge"), attr.keyword("media-type", "transparency")),
        TOLD,
        (),
        "laser",
    )
    assert isinstance(fit, Misfit)
    assert "forbids" in fit.detail
    assert (
        options(attr.keyword("sides", "one-sided"), attr.keyword("media-type", "transparency"))["sides"] == "one-sided"
    )


def test_what_the_queue_lacks_is_left_out_and_said() -> None:
    fit = fitted(ticket(attr.keyword("output-bin", "top"), attr.enum("print-quality", 5)), TOLD, (), "laser")
    assert isinstance(fit, Fitted)
    assert (dict(fit.options), fit.left_out) == ({}, ("output-bin", "print-quality"))


def test_another_edge_stands_in_for_one_the_queue_has_not() -> None:
    assert options(attr.keyword("sides", "two-sided-short-edge")) == {"sides": "two-sided-long-edge"}
    assert options(attr.keyword("print-color-mode", "process-monochrome")) == {"print-color-mode": "monochrome"}


def test_what_the_tenant_set_stands_where_the_ticket_is_silent() -> None:
    grey = ShareOption(name="print-color-mode", default="monochrome")
    both = ShareOption(name="sides", default="two-sided-long-edge")
    unknown = ShareOption(name="x-Gone", default="On")
    fit = fitted(ticket(attr.keyword("sides", "one-sided")), TOLD, (grey, both, unknown), "laser")
    assert isinstance(fit, Fitted)
    assert dict(fit.options) == {"print-color-mode": "monochrome", "sides": "one-sided"}


def test_a_queue_without_options_makes_no_copies() -> None:
    raw = QueueCapabilities(media_types=("application/pdf",))
    assert isinstance(fitted(ticket(attr.integer("copies", 2)), raw, (), "raw"), Misfit)
    assert isinstance(fitted(ticket(attr.integer("copies", 1)), raw, (), "raw"), Fitted)


def test_a_queue_without_options_prints_no_more_pages_than_were_asked_for() -> None:
    raw = QueueCapabilities(media_types=("application/pdf",))
    fit = fitted(ticket(attr.range_("page-ranges", Range(2, 4))), raw, (), "raw")
    assert isinstance(fit, Misfit)
    assert "prints whole documents only" in fit.detail


def test_attack_an_option_without_a_choice_that_is_asked_for_all_the_same_is_left_out() -> None:
    told = QueueCapabilities(media_types=("application/pdf",), options=(QueueOption(name="x-Empty", values=()),))
    fit = fitted(ticket(attr.keyword("x-Empty", "on")), told, (), "laser")
    assert fit == Fitted(options={}, left_out=("x-Empty",))


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x02\x00\x00\x02\x00\x00\x00\x01\x99", b"x" * 1000])
def test_a_ticket_that_cannot_be_read_asks_for_nothing(broken: bytes) -> None:
    assert wishes(broken) == {}
