"""Jobs released to a device they were not written for: adapted with a reason, or left to their owner."""

from __future__ import annotations

import attrs
import pytest
from submission_bench import Bench, pdf, ticket, virtual

from tympan.plugin import Aborted, Completed, Outcome, PrinterId, Unfit
from tympan.testing import FakeDelivery
from tympan_ipp_submission._fitting import Misfit, fitted
from tympan_ipp_submission._model import DeviceFacts
from tympan_ipp_submission._ticket import Ticket
from tympan_sim import Profile
from tympan_wire.ipp import Attribute, Group, GroupTag, Range, attr

pytestmark = pytest.mark.anyio

A3, A4 = "iso_a3_297x420mm", "iso_a4_210x297mm"
PLAIN = Profile(color=False, duplex=False, media=(A4,))
BOTH_SIDES, COLOR = attr.keyword("sides", "two-sided-long-edge"), attr.keyword("print-color-mode", "color")


def released(parts: Bench, content: bytes, *ordered: Attribute, media_type: str = "application/pdf") -> FakeDelivery:
    """A job of a pull printer that was released to the device."""
    delivery = parts.delivery(content, ticket=ticket(*ordered), media_type=media_type)
    delivery.job = attrs.evolve(delivery.job, printer=PrinterId("pull"), target=parts.printer.id)
    return delivery


def said(delivery: FakeDelivery) -> list[str]:
    return [text.removeprefix("the ticket was adapted ") for kind, text, _ in delivery.trail if kind == "note"]


async def test_colour_and_both_sides_are_given_up_with_a_word_in_the_story() -> None:
    async with virtual(PLAIN) as parts:
        delivery = released(parts, pdf(), BOTH_SIDES, COLOR, attr.integer("copies", 2))
        assert isinstance(await parts.deliver(delivery), Completed)
        [record] = parts.device.journal
    assert (record.ticket["sides"], record.ticket["print-color-mode"]) == (["one-sided"], ["monochrome"])
    assert record.ticket["copies"] == [2]
    assert said(delivery) == ["on one side: the device does not print both", "in grey: the device has no colour"]


async def test_paper_the_device_has_not_leaves_the_job_to_its_owner_and_nothing_at_the_device() -> None:
    async with virtual(PLAIN) as parts:
        delivery = released(parts, pdf(), attr.keyword("media", A3))
        outcome = await parts.deliver(delivery)
        assert parts.device.jobs == ()
    assert isinstance(outcome, Unfit)
    assert outcome.detail == f"Front has no paper of the size {A3}. Release the job elsewhere."
    assert delivery.evidence == b""


@pytest.mark.parametrize("fault", ["", "reject:application/pdf"])
async def test_a_document_or_job_this_device_refuses_may_go_to_another(fault: str) -> None:
    async def outcome_of(parts: Bench) -> Outcome:
        if fault:
            parts.device.order(fault)
            return await parts.deliver(released(parts, pdf()))
        return await parts.deliver(released(parts, b"hello", media_type="text/plain"))

    async with virtual(Profile(formats=("application/pdf",))) as parts:
        assert isinstance(await outcome_of(parts), Unfit)


async def test_a_document_that_cannot_be_rendered_stays_with_its_owner() -> None:
    async with virtual(Profile(formats=("image/pwg-raster",))) as parts:
        delivery = released(parts, pdf("06-encrypted-user-rc4.pdf"))
        outcome = await parts.deliver(delivery)
        own = await parts.deliver(parts.delivery(pdf("06-encrypted-user-rc4.pdf"), media_type="application/pdf"))
        assert list(parts.device.journal) == []
    assert isinstance(outcome, Unfit) and outcome.reason == "document-password-error"
    assert delivery.evidence == b""
    assert isinstance(own, Aborted), "a printer's own job has nobody who could choose another device"


async def test_the_ticket_of_a_printers_own_job_is_the_devices_to_judge() -> None:
    async with virtual(PLAIN) as parts:
        delivery = parts.delivery(pdf(), ticket=ticket(BOTH_SIDES))
        await parts.deliver(delivery)
    assert "on one side: the device does not print both" not in said(delivery)


def device(*said_of_itself: Attribute, color: bool = True) -> DeviceFacts:
    return DeviceFacts(color=color, attributes=Group(GroupTag.PRINTER, said_of_itself))


def ordered(*attributes: Attribute) -> Ticket:
    return Ticket.read(ticket(*attributes))


def test_what_a_device_does_not_speak_of_is_left_as_it_is() -> None:
    asked = ordered(BOTH_SIDES, COLOR, attr.keyword("media", A3), attr.integer("copies", 9), attr.enum("finishings", 4))
    assert fitted(asked, device(), "Hall") == asked


@pytest.mark.parametrize(
    ("media", "offered", "fits"),
    [
        (A4, (A4,), True),
        (A3, (A4,), False),
        ("na_letter_8.5x11in", ("custom_min_100x148mm", "custom_max_297x420mm"), True),
        (A3, ("custom_min_100x148mm", "custom_max_216x356mm"), False),
        ("om_a4-by-another-name_210x297mm", (A4,), True),
        ("of-no-size-anybody-can-read", (A4,), False),
        (A3, (), True),
    ],
)
def test_paper(media: str, offered: tuple[str, ...], fits: bool) -> None:
    has = (attr.keyword("media-supported", *offered),) if offered else ()
    found = fitted(ordered(attr.keyword("media", media)), device(*has), "Hall")
    assert isinstance(found, Ticket) is fits


@pytest.mark.parametrize(
    ("most", "fits"),
    [(attr.range_("copies-supported", Range(1, 5)), False), (attr.integer("copies-supported", 9), True)],
)
def test_copies(most: Attribute, fits: bool) -> None:
    found = fitted(ordered(attr.integer("copies", 6)), device(most), "Hall")
    assert isinstance(found, Ticket) is fits
    assert fits or (isinstance(found, Misfit) and "makes at most 5 of the 6 copies ordered" in found.detail)


def test_finishings_are_kept_as_far_as_the_device_has_them() -> None:
    asked = ordered(attr.enum("finishings", 4, 5), attr.keyword("output-bin", "face-up"))
    has = device(attr.enum("finishings-supported", 3, 4), attr.keyword("output-bin-supported", "face-down"))
    found = fitted(asked, has, "Hall")
    assert isinstance(found, Ticket)
    assert [(one.name, one.value) for one in found.attributes] == [("finishings", 4)]
    assert found.adapted == (
        "fewer finishings: the device cannot do it",
        "left out output-bin: the device cannot do it",
    )


def test_a_colour_mode_the_device_has_not_becomes_one_it_has() -> None:
    has = device(attr.keyword("print-color-mode-supported", "color", "auto"))
    found = fitted(ordered(attr.keyword("print-color-mode", "bi-level")), has, "Hall")
    assert isinstance(found, Ticket)
    assert found.keyword("print-color-mode") == "auto"
