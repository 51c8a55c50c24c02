"""The table of all figures, for a terminal and for README.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

HEADINGS: Final = ("figure", "ours", "peer", "ratio", "target", "met")
_LEFT: Final = (0, 4)
"""Columns of words; the others hold numbers."""

Row = dict[str, Any]


def as_text(rows: Iterable[Row]) -> str:
    """Columns padded with blanks."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(_padded(line, widths) for line in lines)


def as_markdown(rows: Iterable[Row]) -> str:
    """A table of GitHub's Markdown."""
    rule = ["---" if column in _LEFT else "---:" for column in range(len(HEADINGS))]
    lines = [list(HEADINGS), rule, *([cell.replace("|", "\\|") for cell in _cells(row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _padded(line: Iterable[str], widths: list[int]) -> str:
    cells = enumerate(zip(line, widths, strict=True))
    return "  ".join(cell.ljust(width) if at in _LEFT else cell.rjust(width) for at, (cell, width) in cells).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    if row.get("failed"):
        return (row["figure"], "—", "—", "—", "it could not be measured", "FAILED")
    unit = row["unit"]
    ratio = row["ratio"]
    return (
        row["figure"],
        _value(row["ours"], unit),
        _value(row["peer"], unit),
        "—" if ratio is None else f"{ratio:g}",
        row["target"],
        _verdict(row["met"]),
    )


def _value(value: float | None, unit: str) -> str:
    return "—" if value is None else f"{value:,} {unit}".strip()


def _verdict(met: bool | None) -> str:
    return {True: "yes", False: "**no**", None: ""}[met]
