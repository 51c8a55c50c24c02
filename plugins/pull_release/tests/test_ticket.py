"""What the owner changes of a ticket, and that all else stays."""

from __future__ import annotations

import pytest

from tympan_pull_release._ticket import changed
from tympan_wire.hub import TicketChanges
from tympan_wire.ipp import Group, GroupTag, Message, attr, decode, encode

JOB = (attr.keyword("sides", "two-sided-long-edge"), attr.integer("copies", 2), attr.keyword("x-vendor", "glossy"))
TICKET = encode(Message((2, 0), 0, 1, (Group(GroupTag.OPERATION), Group(GroupTag.JOB, JOB))))


def job(ticket: bytes) -> Group:
    return decode(ticket)[0].first(GroupTag.JOB)


def test_nothing_changed_is_byte_for_byte_what_the_program_sent() -> None:
    assert changed(TICKET, TicketChanges()) is TICKET
    assert changed(b"not a ticket", TicketChanges()) == b"not a ticket"


def test_what_is_changed_is_replaced_and_all_else_stays() -> None:
    found = job(changed(TICKET, TicketChanges(copies=5, sides="one-sided", color="monochrome")))
    assert found.integer("copies") == 5
    assert found.string("sides") == "one-sided"
    assert found.string("print-color-mode") == "monochrome"
    assert found.string("x-vendor") == "glossy"
    assert len(found) == 4


def test_a_job_without_a_ticket_gets_one() -> None:
    assert job(changed(b"", TicketChanges(copies=3))).integer("copies") == 3


@pytest.mark.parametrize(
    "changes",
    [TicketChanges(copies=0), TicketChanges(copies=1_000), TicketChanges(sides="both"), TicketChanges(color="pink")],
)
def test_a_change_no_printer_could_take_is_refused(changes: TicketChanges) -> None:
    with pytest.raises(ValueError, match=r"copies|value"):
        changed(TICKET, changes)


def test_a_ticket_that_cannot_be_read_is_not_changed() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        changed(b"\xff\xff nonsense", TicketChanges(copies=2))
