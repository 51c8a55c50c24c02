"""The command ``tympan``: finds the subcommand, and turns every error into a sentence and an exit status."""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from tympan_cli._agent_link import CommandError
from tympan_cli._exits import Exit

COMMANDS: Final = {
    "run": "tympan_cli._run:run",
    "status": "tympan_cli._status:status",
    "doctor": "tympan_cli._status:doctor",
    "plugins": "tympan_cli._plugins:plugins",
    "policy": "tympan_cli._policy:policy",
    "printers": "tympan_cli._printers:printers",
    "print": "tympan_cli._print:print_file",
    "jobs": "tympan_cli._jobs:jobs",
    "job": "tympan_cli._jobs:job",
    "cancel": "tympan_cli._jobs:cancel",
    "inspect": "tympan_cli._inspect:inspect",
}
"""Where each command lives; imported only when it is called, so that each starts fast."""


class LazyGroup(click.Group):
    """A group whose commands are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the module of a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tympan-cli", prog_name="tympan")
def tympan() -> None:
    """Cloud printing without print servers: the agent on this machine."""


def main() -> None:
    """Runs the command line and exits with a status of the table in ``docs/reference/exit-status.md``."""
    try:
        tympan(standalone_mode=False)
    except CommandError as error:
        _fail(error.cause, error.next_step, error.status)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(Exit.OK)


def _fail(cause: str, next_step: str, status: Exit) -> None:
    click.echo(f"tympan: {cause}", err=True)
    if next_step:
        click.echo(f"        {next_step}", err=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
