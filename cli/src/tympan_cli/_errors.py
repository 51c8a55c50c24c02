"""The error of the command line: cause, next step, and exit status.

::

    CommandError    a command could not do it; its status says why, its sentence what to do    never retried
"""

from __future__ import annotations

from typing import ClassVar

from tympan_cli._exits import Exit

STATUS_OF_TYPE = {
    "NotFound": Exit.NOT_FOUND,
    "BadInput": Exit.USAGE,
    "IllegalStep": Exit.REFUSED,
    "PermissionMissing": Exit.REFUSED,
    "Overloaded": Exit.UNAVAILABLE,
}
"""Exit status by the class name of the kernel's error, here or in the agent's answer."""


class CommandError(Exception):
    """A command could not do it: a sentence with the cause, the next step, and the exit status."""

    retry: ClassVar[str] = "never"

    def __init__(self, cause: str, *, next_step: str = "", status: Exit = Exit.FAILED) -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
        self.status = status


def status_of(kind: str, retry: str) -> Exit:
    """The exit status for an error of the kernel, by the name of its class and what a retry would do."""
    return STATUS_OF_TYPE.get(kind, Exit.UNAVAILABLE if retry == "later" else Exit.FAILED)


def in_utf8(*texts: str) -> None:
    """Raises ``CommandError`` when a text holds octets that are no UTF-8: nobody could be told of them."""
    for text in texts:
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise CommandError(f"{text!r:.80} is no UTF-8", next_step="Write it in UTF-8.", status=Exit.USAGE)
