"""Tickets: what the owner changed of a held job before its release. Pure.

All else stays byte for byte what the program sent: the device may know what we do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tympan_pull_release._limits import COPIES_MOST
from tympan_wire.hub import TicketChanges
from tympan_wire.ipp import Attribute, Group, GroupTag, IppProtocolError, Message, attr, decode, encode

SIDES: Final = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
COLORS: Final = ("auto", "color", "monochrome")


class BadChange(ValueError):
    """Why a ticket cannot be changed so, for people."""


def changed(ticket: bytes, changes: TicketChanges) -> bytes:
    """A ticket as its owner wants it now.

    Raises:
        BadChange: A change that no printer could take, or a ticket that cannot be read, with why.
    """
    wanted = dict(_attributes(changes))
    if not wanted:
        return ticket
    job = _job_group(ticket)
    kept = [attribute for attribute in job if attribute.name not in wanted]
    groups = (Group(GroupTag.OPERATION), Group(GroupTag.JOB, (*kept, *wanted.values())))
    return encode(Message((2, 0), 0, 1, groups))


def _attributes(changes: TicketChanges) -> Iterator[tuple[str, Attribute]]:
    if changes.copies is not None:
        if not 1 <= changes.copies <= COPIES_MOST:
            raise BadChange(f"{changes.copies} copies are not between 1 and {COPIES_MOST}")
        yield "copies", attr.integer("copies", changes.copies)
    if changes.sides:
        _listed("sides", changes.sides, SIDES)
        yield "sides", attr.keyword("sides", changes.sides)
    if changes.color:
        _listed("print-color-mode", changes.color, COLORS)
        yield "print-color-mode", attr.keyword("print-color-mode", changes.color)


def _listed(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise BadChange(f"{value!r:.80} is no value of {name}: {', '.join(known)}")


def _job_group(ticket: bytes) -> Group:
    if not ticket:
        return Group(GroupTag.JOB)
    try:
        message, _ = decode(ticket)
    except IppProtocolError as error:
        raise BadChange(f"its ticket cannot be read: {error}") from error
    return message.first(GroupTag.JOB)
