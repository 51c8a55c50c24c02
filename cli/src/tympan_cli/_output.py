"""How answers look: JSON for scripts, tables for people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
"""The option every reading command has."""

COLORS = {
    "running": "green",
    "completed": "green",
    "failed": "red",
    "refused": "red",
    "aborted": "red",
    "unknown": "magenta",
    "waiting": "yellow",
    "held": "yellow",
    "blocked": "yellow",
    "off": "bright_black",
    "canceled": "bright_black",
}


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal, or 100 columns into a pipe."""
    from rich.console import Console

    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=120)


def print_json(answer: object) -> None:
    """Prints an answer for scripts."""
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def show(answer: object, json_wanted: bool, for_people: Callable[[Any], None]) -> None:
    """Prints an answer one way or the other."""
    if json_wanted:
        print_json(answer)
    else:
        for_people(answer)


def table(*columns: str, flexible: Collection[str] = ()) -> Table:
    """An empty table; columns named in ``flexible`` wrap, the others are never cut."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column not in flexible)
    return made


def fill(made: Table, rows: Iterable[Sequence[str]]) -> Table:
    """Adds rows of plain text: brackets in a name are no markup."""
    from rich.text import Text

    for row in rows:
        made.add_row(*(Text(cell, style=COLORS.get(cell, "")) for cell in row))
    return made


def moment(text: str | None) -> str:
    """A time in the reader's zone, to the second; the day is left out today."""
    if not text:
        return ""
    at = dt.datetime.fromisoformat(text).astimezone()
    today = at.date() == dt.datetime.now().astimezone().date()
    return at.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")


def size(count: int) -> str:
    """A size in bytes, KB (1000 bytes) and so on."""
    amount, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB"):  # noqa: B007 - the last one reached is the answer
        if amount < 1000:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
