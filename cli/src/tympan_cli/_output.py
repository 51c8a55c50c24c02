"""How answers reach people and scripts: JSON, lines and listings; colours say how a thing stands."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tympan_cli._text import safe

if TYPE_CHECKING:
    from rich.console import Console

    from tympan_cli._listing import Cell, Listing

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
"""The option every reading command has."""

COLORS = {
    "running": "green",
    "completed": "green",
    "ready": "green",
    "ok": "green",
    "on": "green",
    "passed": "green",
    "trusted": "green",
    "failed": "red",
    "refused": "red",
    "aborted": "red",
    "problem": "red",
    "stopped": "red",
    "unknown": "magenta",
    "waiting": "yellow",
    "away": "yellow",
    "held": "yellow",
    "blocked": "yellow",
    "note": "yellow",
    "sending": "cyan",
    "printing": "cyan",
    "queued": "cyan",
    "off": "dim",
    "expired": "dim",
    "canceled": "dim",
    "unsupported": "dim",
    "revoked": "dim",
    "none": "dim",
}
"""Green is well, red needs somebody, yellow waits, magenta asks a person to decide, cyan moves, dim is over or off."""
DIM = "dim"
"""Fainter on any background: "bright black" is the background itself in some colour schemes."""


def console(*, stderr: bool = False) -> Console:
    """A console without any markup or highlighting of its own."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # Rich would end the command with a status of its own

    return Plain(stderr=stderr, highlight=False, markup=False, emoji=False)


def width(screen: Console) -> int | None:
    """How wide an answer may be; None into a pipe or file, unless ``COLUMNS`` says how wide."""
    return screen.width if screen.is_terminal or os.environ.get("COLUMNS", "").isdigit() else None


def show_listing(made: Listing) -> None:
    """Prints a listing on standard output."""
    screen = console()
    made.print(screen, width(screen))


def say(text: str) -> None:
    """Prints one line of text, whatever is in it."""
    click.echo(safe(text))


def say_aside(text: str) -> None:
    """Prints one line beside an answer that scripts may read."""
    click.echo(safe(text), err=True)


def print_json(answer: object) -> None:
    """Prints an answer for scripts; octets that are no UTF-8 stay as the escapes of lone surrogates."""
    ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    text = json.dumps(answer, indent=2, ensure_ascii=ascii_only)
    click.echo(text.encode("utf-8", "backslashreplace").decode())


def show(answer: object, json_wanted: bool, for_people: Callable[[Any], None]) -> None:
    """Prints an answer one way or the other."""
    if json_wanted:
        print_json(answer)
    else:
        for_people(answer)


def colored(word: str) -> Cell:
    """A word in the colour of what it says."""
    from tympan_cli._listing import Cell

    return Cell(text=word, style=COLORS.get(word, ""))


def dim(text: str) -> Cell:
    """A text that stands back."""
    from tympan_cli._listing import Cell

    return Cell(text=text, style=DIM)


def moment(text: str | None) -> str:
    """A time in the reader's zone: today's to the second, another day's with the day, to the minute."""
    if not text:
        return ""
    at = dt.datetime.fromisoformat(text).astimezone()
    today = at.date() == dt.datetime.now().astimezone().date()
    return at.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
