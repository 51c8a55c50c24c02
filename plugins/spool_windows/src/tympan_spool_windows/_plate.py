"""One job in the spooler's hands, being filled by a press; and how a press says that it cannot go on.

Apart from ``_worker``, which runs as a program and so is another module than the one that others would import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class PressError(Exception):
    """The job cannot go on; in words for the user."""


class Plate(Protocol):
    """One job in the spooler's hands, being filled."""

    number: int

    def write(self, data: bytes) -> None:
        """Takes a piece of the document."""

    def finish(self, page: Callable[[], None]) -> None:
        """The document is whole: prints what is not printed yet, and ends the job. ``page`` is called after each."""

    def abort(self) -> None:
        """Gives the job up."""
