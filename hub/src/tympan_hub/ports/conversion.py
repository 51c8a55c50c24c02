"""Converters, which are programs, and the sandbox they run in. Other distributions bring converters by entry point.

A converter is found as an entry point of the group ``tympan_hub.converters``: an object that is a `Converter`. Its
program ends with one of the exit statuses of `tympan_hub.domain.converting.Exit`. What names no sheet it sets on
the one that its environment names (`tympan_hub.domain.sheets`).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

from attrs import frozen

from tympan_hub.domain.errors import Trouble
from tympan_hub.domain.sheets import Sheet


@runtime_checkable
class Converter(Protocol):
    """Makes PDFs of documents of some kinds, by a program of its own; no code of it meets a document in the hub."""

    @property
    def media_types(self) -> frozenset[str]:
        """What it takes."""
        ...

    @property
    def fetches(self) -> bool:
        """Whether its program could follow what a document names; it then runs only where there is no network."""
        ...

    def missing(self) -> str:
        """Why it cannot run on this machine, as a sentence; "" when it can."""
        ...

    def command(self, source: Path, into: Path) -> Sequence[str]:
        """The program and its arguments: it reads ``source``, and writes the PDF into ``into``."""
        ...


@frozen(kw_only=True)
class Found:
    """An entry point that was looked at.

    Attributes:
        name: Its name.
        converter: What it names; None when it could not be loaded.
        problem: Why it is away, as a sentence; "" when it is not.
    """

    name: str
    converter: Converter | None = None
    problem: str = ""

    @property
    def media_types(self) -> frozenset[str]:
        """What it takes, also while it is away."""
        return self.converter.media_types if self.converter is not None else frozenset()


class Sandbox(Protocol):
    """Where converters run: without network, with little of the machine, and with bounds on all they use."""

    @property
    def problem(self) -> str:
        """Why nothing is shut off from network and files here, as a sentence; "" when it is."""
        ...

    @property
    def told(self) -> str:
        """What converters are kept from here, and why not from more: a sentence for the hub's operator."""
        ...

    def room(self) -> AbstractContextManager[Path]:
        """A private folder for one document; all in it is erased at the end, or when the hub starts again."""
        ...

    async def run(
        self, command: Callable[[Path, Path], Sequence[str]], source: Path, into: Path, sheet: Sheet
    ) -> Trouble | None:
        """Runs a converter to its end; when cancelled, it and all it began are killed.

        Args:
            command: As `Converter.command`; it is given the places within the sandbox.
            source: The document; read only.
            into: Where the PDF shall be.
            sheet: For what names none.

        Returns:
            What went wrong; None when the PDF is there.
        """
        ...
