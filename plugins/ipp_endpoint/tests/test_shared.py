"""A queue that another machine shares is offered with what may be chosen there."""

from __future__ import annotations

import datetime as dt

import pytest

from tympan.plugin import Printer, PrinterId, PrinterReach
from tympan_ipp_endpoint._capabilities import job_attributes_of
from tympan_ipp_endpoint._printer_attributes import Face
from tympan_ipp_endpoint._shared import shared_group
from tympan_ipp_endpoint._tickets import unsupported
from tympan_relay import Terms, written
from tympan_wire.hub import ShareOption
from tympan_wire.ipp import Group, GroupTag, Range, Resolution, attr

OPTIONS = (
    ShareOption(name="sides", values=("one-sided", "two-sided-long-edge"), default="two-sided-long-edge"),
    ShareOption(name="media", values=("iso_a4_210x297mm", "iso_a3_297x420mm"), default="iso_a3_297x420mm"),
    ShareOption(name="print-color-mode", values=("color", "monochrome"), default="monochrome"),
    ShareOption(name="copies", values=("1-20",), default="2"),
    ShareOption(name="print-quality", values=("draft", "high"), default="high"),
    ShareOption(name="printer-resolution", values=("300dpi", "600x300dpi"), default="600x300dpi"),
    ShareOption(name="finishings", values=("none", "staple", "punch-dual-left", "93"), default="none"),
    ShareOption(name="x-Staple", values=("Left", "Top right"), default="Left"),
)


def face(options: tuple[ShareOption, ...]) -> Face:
    """What programs see of it on a machine that never sees the device."""
    printer = Printer(
        id=PrinterId("shared"),
        name="Shared",
        uri="tympan-share:00000000-0000-0000-0000-000000000001",
        reach=PrinterReach.TUNNEL,
        terms=written(Terms(options=options)),
    )
    return Face(printer, None, operations=(2,), document_wait_s=60, now=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))


def test_what_the_other_machine_offers_may_be_chosen_here_with_its_defaults() -> None:
    offered = face(OPTIONS).offered
    assert offered["sides-supported"].strings() == ("one-sided", "two-sided-long-edge")
    assert offered["sides-default"].strings() == ("two-sided-long-edge",)
    assert offered["media-supported"].strings() == ("iso_a4_210x297mm", "iso_a3_297x420mm")
    assert offered["media-default"].strings() == ("iso_a3_297x420mm",)
    assert offered["color-supported"].value is True
    assert offered["print-color-mode-default"].strings() == ("monochrome",)
    assert (offered["copies-supported"].value, offered["copies-default"].value) == (Range(1, 20), 2)
    assert [each.value for each in offered["print-quality-supported"].values] == [3, 5]
    assert offered["print-quality-default"].value == 5
    assert offered["printer-resolution-default"].value == Resolution(600, 300)
    assert [each.value for each in offered["finishings-supported"].values] == [3, 4, 74, 93]
    assert "application/pdf" in offered["document-format-supported"].strings()


def test_an_option_of_the_drivers_own_may_be_chosen_under_its_name() -> None:
    offered = face(OPTIONS).offered
    assert offered["x-Staple-supported"].strings() == ("Left", "Top right")
    assert offered["x-Staple-default"].strings() == ("Left",)
    assert {"x-Staple", "sides"} <= set(job_attributes_of(offered))
    assert unsupported(Group(GroupTag.JOB, (attr.name_("x-Staple", "Top right"),)), offered) == ()
    assert unsupported(Group(GroupTag.JOB, (attr.name_("x-Staple", "Everywhere"),)), offered)


def test_of_one_without_colour_or_a_second_side_neither_is_offered() -> None:
    offered = face((ShareOption(name="sides", values=("one-sided",), default="one-sided"),)).offered
    assert offered["color-supported"].value is False
    assert offered["sides-supported"].strings() == ("one-sided",)


def test_a_queue_of_which_nothing_is_known_is_offered_as_any_device_far_away() -> None:
    assert shared_group(()) is None
    assert "two-sided-long-edge" in face(()).offered["sides-supported"].strings()


@pytest.mark.parametrize(
    "option",
    [
        ShareOption(name="copies", values=("0-0",), default="many"),
        ShareOption(name="copies", values=("9-1",)),
        ShareOption(name="printer-resolution", values=("0dpi", "fine")),
        ShareOption(name="finishings", values=("dipped-in-gold",)),
        ShareOption(name="sides", values=("x" * 300, "")),
        ShareOption(name="x-Staple", values=("x" * 300, "")),
        ShareOption(name="x-Sta ple: 1", values=("Left",)),
    ],
    ids=lambda option: f"{option.name} {option.values[0][:9]}",
)
def test_what_cannot_be_read_is_left_out(option: ShareOption) -> None:
    group = shared_group((option,))
    assert group is not None
    assert [each.name for each in group] == ["document-format-supported", "color-supported"]
