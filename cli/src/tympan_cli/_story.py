"""The story of a job for people: what it is, what happened, why, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from tympan_cli._listing import Cell, Column, Listing
from tympan_cli._output import COLORS, DIM, colored, console, moment, show_listing
from tympan_cli._text import counted, size

CYCLE_MAX = 3
"""Longest run of lines that, repeated, is told once: a device that is away makes two lines at each attempt."""


@attrs.frozen(kw_only=True)
class Told:
    """A run of lines that happened ``times`` times, the last time until ``until``."""

    lines: tuple[dict[str, Any], ...]
    times: int = 1
    until: str = ""


def show_story(row: dict[str, Any]) -> None:
    """Prints a job and its timeline."""
    _head(row)
    made = Listing(Column(), Column(), Column(wrap=True), notes_under=2)
    for told in retold(row["timeline"]):
        for line in told.lines:
            made.add(moment(line["at"]), colored(line["state"]), line["what"], notes=_notes(line))
        if told.times > 1:
            more = f"… and so {counted(told.times - 1, 'more time')}, until {moment(told.until)}"
            made.add("", "", Cell(text=more, style=DIM))
    show_listing(made)


def _head(row: dict[str, Any]) -> None:
    facts = Listing(Column(), Column(wrap=True))
    facts.add(Cell(text=f"Job {row['number']}", style="bold"), Cell(text=row["name"], style="bold"))
    facts.add("state", Cell(text=_now(row), style=COLORS.get(row["state"], "")))
    facts.add("printer", row["printer"])
    facts.add("from", f"{row['user']}, {size(row['size_bytes'])} of {row['media_type']}")
    facts.add("counted", _statistics(row["statistics"]))
    facts.add("uuid", Cell(text=row["uuid"], style=DIM))
    show_listing(facts)
    console().print()


def _now(row: dict[str, Any]) -> str:
    return f"{row['state']}: {row['detail']}" if row["detail"] else str(row["state"])


def _notes(line: dict[str, Any]) -> list[Cell]:
    then = [Cell(text=f"→ {line['then']}", style="bold")] if line["then"] else []
    return [Cell(text=line["why"]), *then]


def _statistics(found: dict[str, Any] | None) -> str:
    if found is None:
        return "not yet"
    if found["pages"] is None:
        return str(found["problem"] or "unreadable")
    said = [counted(found["pages"], "page")]
    if found["color_pages"] is not None:
        said.append(f"{len(found['color_pages']) or 'none'} in colour")
    said += found["sizes"]
    if found["impressions"] is not None:
        said.append(f"{counted(found['impressions'], 'impression')} on {counted(found['sheets'] or 0, 'sheet')}")
    return ", ".join([*said, *([found["problem"]] if found["problem"] else [])])


def retold(timeline: list[dict[str, Any]]) -> Iterator[Told]:
    """The timeline with repeated runs of up to ``CYCLE_MAX`` lines told once."""
    at = 0
    while at < len(timeline):
        told = max((_run(timeline, at, length) for length in range(1, CYCLE_MAX + 1)), key=_spared)
        yield told
        at += len(told.lines) * told.times


def _spared(told: Told) -> int:
    return (told.times - 1) * len(told.lines)


def _run(timeline: list[dict[str, Any]], at: int, length: int) -> Told:
    lines, times = tuple(timeline[at : at + length]), 1
    while len(lines) == length and _same(lines, timeline[at + times * length : at + (times + 1) * length]):
        times += 1
    return Told(lines=lines, times=times, until=timeline[min(at + times * len(lines), len(timeline)) - 1]["at"])


def _same(lines: tuple[dict[str, Any], ...], others: list[dict[str, Any]]) -> bool:
    if len(lines) != len(others):
        return False
    return all(
        all(one[name] == other[name] for name in ("state", "what", "why", "then"))
        for one, other in zip(lines, others, strict=True)
    )
