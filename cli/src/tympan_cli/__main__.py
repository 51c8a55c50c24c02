"""The command ``tympan``: finds the subcommand, and turns every error into a sentence and an exit status."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

import attrs
import click

from tympan_cli._errors import CommandError, status_of
from tympan_cli._exits import Exit
from tympan_cli._text import safe

TRACEBACK = "TYMPAN_TRACEBACK"
"""Set it to see the traceback of an error that has no sentence."""


@attrs.frozen
class Place:
    """Where a command lives, and what it does in a few words."""

    module: str
    name: str
    short: str


SECTIONS: Final = {
    "The agent": {
        "run": Place("_run", "run", "run the agent in the foreground"),
        "service": Place("_service", "service", "start the agent with the machine"),
        "update": Place("_update", "update", "which versions there are; go to another one"),
        "status": Place("_status", "status", "does it run, how are its keys kept"),
        "doctor": Place("_doctor", "doctor", "what is wrong, and what to do"),
        "tray": Place("_tray", "tray", "show it in the tray of this session"),
        "open": Place("_tray", "open_page", "the same as a page in the browser"),
    },
    "Printers and jobs": {
        "printers": Place("_printers", "printers", "add, list, install, remove printers"),
        "shares": Place("_shares", "shares", "which queues of this computer are shared"),
        "devices": Place("_devices", "devices", "what the discoveries of this computer see"),
        "print": Place("_print", "print_file", "print a file"),
        "inspect": Place("_inspect", "inspect", "count a file's pages without printing"),
        "jobs": Place("_jobs", "jobs", "list jobs"),
        "job": Place("_jobs", "job", "the story of a job; hold, release, settle"),
        "cancel": Place("_jobs", "cancel", "cancel a job"),
        "held": Place("_release", "held", "what waits for you at the devices"),
        "release": Place("_release", "release", "let held jobs come out at a device"),
    },
    "The hub": {
        "login": Place("_login", "login", "sign in at the hub, join it if need be"),
        "logout": Place("_login", "logout", "sign out"),
        "whoami": Place("_login", "whoami", "who is signed in"),
        "hub": Place("_hub", "hub", "enrol at a hub, see how it stands, leave it"),
        "keys": Place("_keys", "keys", "keys of other agents; accept one"),
    },
    "Plugins and policy": {
        "plugins": Place("_plugins", "plugins", "what was found, what runs, and why"),
        "policy": Place("_policy", "policy", "explain or set what is on or off"),
        "plugin": Place("_plugin_kit", "plugin", "begin a plugin of your own, and check one"),
    },
}
"""The commands as people look for them; a module is imported only when its command is called, so that each is fast."""
COMMANDS: Final = {name: place for section in SECTIONS.values() for name, place in section.items()}


class LazyGroup(click.Group):
    """A group whose commands are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the module of a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return importlib.import_module("tympan_cli._vendor").vendor_command(cmd_name)  # type: ignore[no-any-return]
        command = getattr(importlib.import_module(f"tympan_cli.{place.module}"), place.name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The sections of the table, without importing a command."""
        longest = max(map(len, COMMANDS))
        for title, places in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), place.short) for name, place in places.items()])

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Reads the arguments, and with ``--help`` answers at once."""
        with written():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command until all it said is written."""
        with written():
            return super().invoke(ctx)


@contextlib.contextmanager
def written() -> Iterator[None]:
    """Sees to what was printed: a reader that has enough is fine, a full disk is an error."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered has nowhere to go
        raise click.exceptions.Exit(Exit.OK) from None
    except OSError as error:
        cause = f"{safe(str(error.filename))}: {error.strerror}" if error.filename else f"{error.strerror or error}"
        next_step = "Check the file, the disk and where the output goes."
        raise CommandError(cause, next_step=next_step, status=Exit.UNAVAILABLE) from error


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="TYMPAN_HOME moves all state of the agent. 'tympan COMMAND --help' tells more.",
)
@click.version_option(package_name="tympan-cli", prog_name="tympan")
def tympan() -> None:
    """Cloud printing without print servers: the agent on this machine."""


def main() -> None:
    """Runs the command line and exits with a status of the table in ``docs/reference/exit-status.md``."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(tympan(standalone_mode=False) or Exit.OK)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(Exit.INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # its message is the help: a page, and no sentence
        sys.exit(Exit.USAGE)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _fail(_as_command_error(error))
    except BaseExceptionGroup as group:
        if group.subgroup(KeyboardInterrupt) is None:
            raise
        sys.exit(Exit.INTERRUPTED)


def _as_command_error(error: BaseException) -> CommandError:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, CommandError):
        return error
    if isinstance(error, click.ClickException):
        return _usage(error)
    cause, kind = getattr(error, "cause", ""), type(error).__name__
    if isinstance(cause, str) and cause:  # an error of the kernel or the network: it has its own sentence
        next_step = str(getattr(error, "next_step", ""))
        return CommandError(cause, next_step=next_step, status=status_of(kind, str(getattr(error, "retry", ""))))
    cause = f"an error nobody foresaw: {kind}: {error}"
    return CommandError(cause, next_step=f"Set {TRACEBACK}=1, run it again and report what it prints.")


def _usage(error: click.ClickException) -> CommandError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "tympan"
    message = error.format_message().rstrip(".")
    return CommandError(message[:1].lower() + message[1:], next_step=f"See '{command} --help'.", status=Exit.USAGE)


def _fail(error: CommandError) -> None:
    click.echo(_wrapped("tympan: ", safe(error.cause)), err=True)
    if error.next_step:
        click.echo(_wrapped("        ", safe(error.next_step)), err=True)
    sys.exit(error.status)


def _wrapped(head: str, text: str) -> str:
    """One line into a pipe or file; on a terminal, wrapped between words."""
    if not sys.stderr.isatty():
        return head + text
    columns = max(shutil.get_terminal_size().columns, 2 * len(head))
    return textwrap.fill(text, columns, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False)


if __name__ == "__main__":
    main()
