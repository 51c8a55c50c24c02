"""What a converter's program says with its end, and what people are told of each trouble."""

from enum import IntEnum
from typing import Final

from tympan_hub.domain.errors import NotConverted, Trouble


class Exit(IntEnum):
    """With what a converter's program ends; anything else means that the document is broken."""

    DONE = 0
    PASSWORD = 3
    BROKEN = 4
    TOO_LARGE = 5
    UNSUPPORTED = 6


_TOLD: Final = {
    Trouble.PASSWORD: (
        "the document is protected by a password",
        "Save it without one, or print it as PDF from the program that opens it.",
    ),
    Trouble.BROKEN: (
        "the document is damaged and cannot be opened",
        "Look whether it opens elsewhere, save it again there, and try again.",
    ),
    Trouble.TOO_LARGE: (
        "the document needs more room than a document may",
        "Split it, or make its pictures smaller.",
    ),
    Trouble.TOO_LONG: (
        "the document took too long to convert",
        "Split it, or print it as PDF from the program that opens it.",
    ),
    Trouble.UNSUPPORTED: (
        "the hub cannot print documents of this kind",
        "Save it as PDF, and print that.",
    ),
    Trouble.AWAY: (
        "what converts documents of this kind does not run at this hub",
        "Save it as PDF, and print that; or ask the hub's operator, to whom 'tympan-hub doctor' says why.",
    ),
}


def not_converted(why: Trouble) -> NotConverted:
    """The error of a trouble, with its sentences."""
    cause, next_step = _TOLD[why]
    return NotConverted(cause, next_step=next_step, why=why)
