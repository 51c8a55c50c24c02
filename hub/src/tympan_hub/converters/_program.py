"""What the converters that are Python programs have in common: how they are run, and how they end."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind


@frozen(kw_only=True)
class Program:
    """``Converter``, by a module that is run in the sandbox.

    Attributes:
        module: Its name.
        kinds: What it takes.
        fetches: As `Converter.fetches`.
        needs: Programs of the system it starts, any one of them.
        package: The Debian packages that bring them.
    """

    module: str
    kinds: frozenset[Kind]
    fetches: bool = False
    needs: tuple[str, ...] = ()
    package: str = ""

    @property
    def media_types(self) -> frozenset[str]:
        """What it takes."""
        return frozenset(kind.value for kind in self.kinds)

    def missing(self) -> str:
        """Why it cannot run here."""
        if not self.needs or any(map(shutil.which, self.needs)):
            return ""
        return f"{self.needs[0]} is not installed. On Debian: apt-get install {self.package}"

    def command(self, source: Path, into: Path) -> Sequence[str]:
        """This Python, with the module."""
        return (os.path.normpath(sys.executable), "-B", "-m", self.module, str(source), str(into))


class Ends(Exception):
    """A document of which nothing is made; says with which status the program ends."""

    def __init__(self, status: Exit) -> None:
        super().__init__(status)
        self.status = status


def run(convert: Callable[[Path, Path], None]) -> None:
    """Runs as a program with the two arguments."""
    source, into = map(Path, sys.argv[1:3])
    try:
        convert(source, into)
    except Ends as ends:
        raise SystemExit(ends.status) from ends
    except MemoryError as error:
        raise SystemExit(Exit.TOO_LARGE) from error
