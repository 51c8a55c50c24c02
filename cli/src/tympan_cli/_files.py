"""Files named on the command line: looked at before anything else happens, with an error that says what is wrong."""

from __future__ import annotations

import mimetypes
import stat
from pathlib import Path
from typing import Final

import click

from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit

ANY_TYPE: Final = "application/octet-stream"
"""Says nothing; whoever reads the document looks at its first bytes."""
TYPE_BYTES: Final = 255
"""Longest media type (RFC 8011 section 5.1.10)."""


class PrintableFile(click.ParamType[Path]):
    """A regular file that can be read."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, once its first byte was read."""
        path = Path(str(value))
        try:
            mode = path.stat().st_mode
            if stat.S_ISREG(mode):
                with path.open("rb") as file:
                    file.read(1)
                return path
        except FileNotFoundError as error:
            cause = f"there is no file {str(value)!r}"
            raise CommandError(cause, next_step="Check its name.", status=Exit.NOT_FOUND) from error
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            cause = f"{str(value)!r} cannot be read: {why}"
            raise CommandError(cause, next_step="Check its name and who may read it.", status=Exit.FAILED) from error
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise CommandError(f"{str(value)!r} is {kind}", next_step="Name a file.", status=Exit.USAGE)


PRINTABLE: Final = PrintableFile()


def media_type_of(file: Path, told: str | None) -> str:
    """What was told, or what the file's name says; raises ``CommandError`` for what is no media type."""
    if told is None:
        return mimetypes.guess_type(file.name)[0] or ANY_TYPE
    kind, slash, rest = told.partition("/")
    fits = told.isascii() and told.isprintable() and " " not in told and len(told) <= TYPE_BYTES
    if kind and slash and rest and fits:
        return told
    cause = f"{told!r} is no media type"
    raise CommandError(cause, next_step="Write one such as application/pdf.", status=Exit.USAGE)
