"""Grants as the app keeps them: signed words of the hub, one a line, in a file or on standard input."""

from __future__ import annotations

from typing import Final

import click

from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit

GRANTS_BYTES: Final = 1 << 20
"""Of one file: a hundred grants of at most 8 KiB each."""


class GrantFile(click.ParamType[tuple[str, ...]]):
    """A file of grants; ``-`` reads standard input."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """What stands in it."""
        if isinstance(value, tuple):
            return value
        try:
            with click.open_file(str(value), encoding="utf-8") as file:
                content = file.read(GRANTS_BYTES + 1)
        except (OSError, ValueError) as error:
            cause = f"{str(value)!r:.200} cannot be read as grants: {error}"
            status = Exit.NOT_FOUND if isinstance(error, FileNotFoundError) else Exit.USAGE
            raise CommandError(cause, next_step="Give a file with what the app kept.", status=status) from error
        grants = tuple(line.strip() for line in content.splitlines() if line.strip())
        if not grants or len(content) > GRANTS_BYTES:
            cause = f"{str(value)!r:.200} holds no grants"
            raise CommandError(cause, next_step="Give a file with what the app kept.", status=Exit.USAGE)
        return grants
