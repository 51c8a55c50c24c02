"""The ticket of ``tympan print``: what was asked for on the command line, as job attributes (RFC 8011 section 5.2)."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Final

from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._limits import INTEGER_MAX, KEYWORD_BYTES
from tympan_cli._words import SIDES

if TYPE_CHECKING:
    from tympan_wire.ipp import Attribute

KEYWORD_CHARACTERS: Final = frozenset(string.ascii_letters + string.digits + "-._")
KEYWORDS: Final = ("media-source", "media-type", "output-bin", "print-content-optimize", "print-scaling")
"""Further options whose value is a keyword."""
ENUMS: Final = ("finishings", "print-quality")
RESOLUTION: Final = "printer-resolution"
OWN: Final = "x-"
"""Before the name of an option of a driver's own."""


def ticket(options: dict[str, Any]) -> list[Attribute]:
    """The job-template attributes (RFC 8011 section 5.2) of the options given."""
    from tympan_wire.ipp import Range, attr

    made: list[Attribute] = []
    if options["copies"]:
        made.append(attr.integer("copies", options["copies"]))
    if options["sides"]:
        made.append(attr.keyword("sides", SIDES[options["sides"]]))
    if options["color"]:
        made.append(attr.keyword("print-color-mode", options["color"]))
    if options["media"] is not None:
        made.append(attr.keyword("media", media_name(options["media"])))
    if options["pages"] is not None:
        made.append(attr.range_("page-ranges", *(Range(low, high) for low, high in page_ranges(options["pages"]))))
    return [*made, *(further(text) for text in options["further"])]


def further(text: str) -> Attribute:
    """``NAME=VALUE`` as an attribute; raises ``CommandError`` for a name or value that is none."""
    from tympan_wire.ipp import attr, enum_number, resolution_in

    name, _, value = text.partition("=")
    if name.startswith(OWN) and len(name) <= KEYWORD_BYTES and set(name) <= KEYWORD_CHARACTERS:
        if 1 <= len(value.encode()) <= KEYWORD_BYTES:
            return attr.name_(name, value)
    elif name in KEYWORDS and 1 <= len(value) <= KEYWORD_BYTES and set(value) <= KEYWORD_CHARACTERS:
        return attr.keyword(name, value)
    elif name == RESOLUTION and (resolution := resolution_in(value)):
        return attr.resolution(name, resolution)
    elif name in ENUMS:
        numbers = [enum_number(name, word) for word in value.split(",")]
        if None not in numbers:
            return attr.enum(name, *(number for number in numbers if number is not None))
    known = ", ".join((*KEYWORDS, *ENUMS, RESOLUTION))
    next_step = f"Write NAME=VALUE with one of {known}, or {OWN}NAME of the driver's own."
    raise CommandError(f"{text!r:.80} is no option", next_step=next_step, status=Exit.USAGE)


def media_name(text: str) -> str:
    """``text``, when it is a keyword (RFC 8011 section 5.1.4)."""
    if 1 <= len(text) <= KEYWORD_BYTES and set(text) <= KEYWORD_CHARACTERS:
        return text
    next_step = "Write a PWG name, such as iso_a4_210x297mm."
    raise CommandError(f"{text!r:.80} is no name of a medium", next_step=next_step, status=Exit.USAGE)


def page_ranges(text: str) -> list[tuple[int, int]]:
    """``1-3,7`` as [(1, 3), (7, 7)]; raises ``CommandError`` for anything else."""
    return [_page_range(text, part.strip()) for part in text.split(",")]


def _page_range(text: str, part: str) -> tuple[int, int]:
    low, dash, high = part.partition("-")
    high = high if dash else low
    if all(end.isascii() and end.isdigit() and len(end) <= 10 for end in (low, high)):
        found = (int(low), int(high))
        if 1 <= found[0] <= found[1] <= INTEGER_MAX:
            return found
    raise CommandError(f"{text!r} are no pages", next_step="Write them such as 1-3,7.", status=Exit.USAGE)
