"""What is put on paper: facts and ticket on one side, impressions, coloured ones and sheets on the other."""

from __future__ import annotations

from typing import Any

import pytest

from tympan_document_stats._model import Facts
from tympan_document_stats._rules import statistics
from tympan_document_stats._ticket import Ticket
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Range, Tag, Value, encode

PDF = Facts(format="application/pdf", pages=10, color_pages=(2, 3, 10), duplex="two-sided-long-edge")
POSTSCRIPT = Facts(
    format="application/postscript", pages=3, color_pages=(2,), duplex="two-sided-short-edge", binding=True
)
RASTER = Facts(
    format="image/urf", pages=5, color_pages=(1, 5), duplex="two-sided-long-edge", binding=True, laid_out=True
)
BROKEN = Facts(format="application/pdf", problem="unreadable: x")
COLORLESS = Facts(format="application/pdf", pages=4, color_pages=None)
EMPTY = Facts(format="application/octet-stream", pages=0, color_pages=())

CASES = [
    (PDF, {}, (10, 3, 10)),
    (PDF, {"copies": 3}, (30, 9, 30)),
    (PDF, {"sides": "two-sided-long-edge"}, (10, 3, 5)),
    (PDF, {"sides": "two-sided-short-edge", "copies": 2}, (20, 6, 10)),
    (PDF, {"sides": "one-sided"}, (10, 3, 10)),
    (PDF, {"monochrome": True}, (10, 0, 10)),
    (PDF, {"page_ranges": ((2, 4),)}, (3, 2, 3)),
    (PDF, {"page_ranges": ((2, 4),), "sides": "two-sided-long-edge", "copies": 2}, (6, 4, 4)),
    (PDF, {"page_ranges": ((9, 99),)}, (2, 1, 2)),
    (PDF, {"page_ranges": ((1, 3), (2, 5))}, (5, 2, 5)),
    (PDF, {"page_ranges": ((1, 1), (10, 10))}, (2, 1, 2)),
    (PDF, {"page_ranges": ((50, 60),)}, (0, 0, 0)),
    (PDF, {"page_ranges": ((1, 2**31 - 1),)}, (10, 3, 10)),
    (PDF, {"number_up": 2}, (5, 3, 5)),
    (PDF, {"number_up": 4, "sides": "two-sided-long-edge"}, (3, 2, 2)),
    (PDF, {"number_up": 2, "page_ranges": ((2, 3),)}, (1, 1, 1)),
    (POSTSCRIPT, {}, (3, 1, 2)),
    (POSTSCRIPT, {"sides": "one-sided"}, (3, 1, 3)),
    (RASTER, {}, (5, 2, 3)),
    (RASTER, {"copies": 2}, (10, 4, 6)),
    (RASTER, {"sides": "one-sided"}, (5, 2, 5)),
    (RASTER, {"page_ranges": ((1, 1),), "number_up": 2}, (5, 2, 3)),
    (BROKEN, {"copies": 2}, (None, None, None)),
    (BROKEN, {"monochrome": True}, (None, None, None)),
    (COLORLESS, {}, (4, None, 4)),
    (COLORLESS, {"monochrome": True}, (4, 0, 4)),
    (EMPTY, {}, (0, 0, 0)),
]


@pytest.mark.parametrize(("facts", "ticket", "expected"), CASES)
def test_impressions_and_sheets(
    facts: Facts, ticket: dict[str, Any], expected: tuple[int | None, int | None, int | None]
) -> None:
    counted = statistics(facts, Ticket(**ticket))
    assert (counted.impressions, counted.color_impressions, counted.sheets) == expected
    assert counted.copies == ticket.get("copies", 1)


def test_sides_are_told_as_they_are_in_force() -> None:
    told = [
        statistics(facts, Ticket(sides=sides)).sides
        for facts, sides in ((PDF, None), (PDF, "two-sided-short-edge"), (POSTSCRIPT, None), (BROKEN, "one-sided"))
    ]
    assert told == ["one-sided", "two-sided-short-edge", POSTSCRIPT.duplex, None]


def of(*attributes: Attribute) -> Ticket:
    groups = (Group(GroupTag.OPERATION), Group(GroupTag.JOB, attributes))
    return Ticket.read(encode(Message((2, 0), 0, 1, groups)))


def one(name: str, tag: Tag, *values: object) -> Attribute:
    return Attribute(name, tuple(Value(tag, value) for value in values))


def test_a_ticket_is_read_from_its_job_group() -> None:
    ticket = of(
        one("copies", Tag.INTEGER, 3),
        one("page-ranges", Tag.RANGE_OF_INTEGER, Range(1, 2), Range(7, 9)),
        one("sides", Tag.KEYWORD, "two-sided-short-edge"),
        one("number-up", Tag.INTEGER, 2),
        one("print-color-mode", Tag.KEYWORD, "monochrome"),
    )
    assert ticket == Ticket(
        copies=3, page_ranges=((1, 2), (7, 9)), sides="two-sided-short-edge", number_up=2, monochrome=True
    )


@pytest.mark.parametrize(
    ("mode", "monochrome"),
    [("color", False), ("auto", False), ("auto-monochrome", True), ("process-bi-level", True), ("highlight", False)],
)
def test_color_modes(mode: str, monochrome: bool) -> None:
    assert of(one("print-color-mode", Tag.KEYWORD, mode)).monochrome is monochrome


@pytest.mark.parametrize(
    "ticket",
    [b"", b"\x00", b"\x02\x00\x00\x00\x00\x00\x00\x01\x02", of.__name__.encode() * 100],
)
def test_a_damaged_ticket_counts_as_none(ticket: bytes) -> None:
    assert Ticket.read(ticket) == Ticket()


def test_values_out_of_range_are_bounded() -> None:
    assert of(one("copies", Tag.INTEGER, -5), one("number-up", Tag.INTEGER, 0)) == Ticket()
    assert of(one("copies", Tag.INTEGER, 2**31 - 1)).copies == 1_000_000
    assert of(one("sides", Tag.KEYWORD, "both")).sides is None
