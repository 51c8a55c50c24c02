"""``tympan tray`` and ``tympan open``: what a user sees of the agent, in the panel or in the browser.

- A user's own agent is asked with the token of its state folder. Where there is none, the system's agent is, which says
  in a folder of the service manager's where it listens, and knows its callers by their connections.
- The tray starts with the session by a file of the user's own; it is in the way of nobody else on the machine.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tympan_cli._agent_link import home, look
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._output import say
from tympan_cli._service import own_program
from tympan_cli._service_units import NAME, tray_entry
from tympan_cli._system_agent import public_agent

if TYPE_CHECKING:
    from tympan_tray.process import Agent, Away

_ENTRY: Final = f"{NAME}-tray.desktop"


@click.command("tray", short_help="show it in the tray of this session")
@click.option("--autostart/--no-autostart", default=None, help="Start it with your sessions from now on, or no more.")
@click.option("--print", "only_print", is_flag=True, help="Print the file that starts it, and change nothing.")
def tray(autostart: bool | None, only_print: bool) -> None:
    """Show in the tray of this session how printing stands: what waits for you, what needs you, and who is signed in.

    It runs until you quit it or the session ends, through restarts of the agent.
    """
    if only_print:
        for line in tray_entry(own_program()).splitlines():
            say(line)
    elif autostart is not None:
        set_autostart(on=autostart)
    else:
        _run()


def _run() -> None:
    from tympan_tray.process import FOLLOWED, Ending, NoSession, run

    try:
        ending, release = run(find, say, os.environ)
    except NoSession as error:
        next_step = "'tympan open' shows the same in the browser."
        raise CommandError(str(error), next_step=next_step, status=Exit.UNAVAILABLE) from error
    if ending is Ending.ANOTHER:
        say("a tray runs in this session already")
    elif ending is Ending.NEWER:
        program = str(own_program())
        os.execve(program, [program, "tray"], {**os.environ, FOLLOWED: release})  # noqa: S606 - it is this very program


@click.command("open", short_help="the same as a page in the browser")
@click.option("--print", "only_print", is_flag=True, help="Print its address, good once and for a minute.")
@click.option("--sign-in", "part", flag_value="login", help="Open the page where you sign in.")
@click.option("--about", "part", flag_value="about", help="Open the page with versions and fingerprints.")
def open_page(only_print: bool, part: str | None) -> None:
    """Open a page in your browser: how printing stands, what waits for you, printers, sign-in. The same as the tray."""
    from tympan_tray.process import open_page, page

    address = page(find, part or "")
    if only_print or not open_page(address):
        say(address)


# ---------------------------------------------------------------------------------------------------- the agent


def find() -> Agent | Away:
    """The user's own agent, else the system's, else why there is none."""
    from tympan_tray.process import Agent, Away, Gone

    try:
        place = home()
        own = look(place)
    except CommandError as error:
        away = Away(cause=error.cause)
    else:
        if own.link is not None:
            link = own.link
            return Agent(port=link.port, uid=link.uid, token=link.token, account=getpass.getuser())
        away = Away(cause=own.cause(place), gone=Gone.DEAF if own.deaf else Gone.NOT_RUNNING)
    there = public_agent(os.environ)
    return away if there is None else Agent(port=there[0], uid=there[1], account=getpass.getuser())


# ---------------------------------------------------------------------------------------------------- with the session


def set_autostart(*, on: bool) -> None:
    """Lets the tray start with this user's sessions, or no more (Desktop Application Autostart Specification)."""
    if sys.platform != "linux":
        cause = "only desktops of Linux are told to start the tray"
        next_step = f"Let the system start '{own_program()} tray' with your session."
        raise CommandError(cause, next_step=next_step, status=Exit.UNAVAILABLE)
    path = autostart_file(os.environ)
    if on:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(tray_entry(own_program()))
        say(f"the tray starts with your sessions ({path}); now: tympan tray")
    elif path.exists():
        path.unlink()
        say("the tray starts no more with your sessions")
    else:
        say("the tray did not start with your sessions")


def autostart_file(env: Mapping[str, str]) -> Path:
    """Where desktops look for what starts with a session."""
    base = env.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "autostart" / _ENTRY
