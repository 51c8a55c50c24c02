"""The tray as the command line starts it: where the agent is, is found by the caller.

``Agent`` and ``Away`` are what a finder returns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import trio

from tympan_tray._agents import Agent, Finder
from tympan_tray._browser import open_address, page_address
from tympan_tray._errors import AgentAway
from tympan_tray._standing import Away, Gone
from tympan_tray._tray import FOLLOWED, Ending

__all__ = ["FOLLOWED", "Agent", "Away", "Ending", "Finder", "Gone", "NoSession", "open_page", "page", "run"]


class NoSession(Exception):
    """This session has nothing a tray could be shown by."""


def run(find: Finder, log: Callable[[str], None], env: Mapping[str, str]) -> tuple[Ending, str]:
    """Runs the tray of this session until it ends; why it did, and the agent's release then.

    Raises:
        NoSession: There is no session bus.
    """
    if sys.platform != "linux":
        from tympan_tray import _elsewhere

        return _elsewhere.serve(find, open_address, log, env)
    from tympan_tray import _linux
    from tympan_tray._dbus import CallFailed

    ended = Ending.QUIT, ""
    try:
        ended = trio.run(_linux.serve, find, open_address, log, env)
    except* CallFailed as failed:
        raise NoSession(str(failed.exceptions[0])) from failed
    except* KeyboardInterrupt:
        log("the tray is quit")
    return ended


def page(find: Finder, part: str = "") -> str:
    """The address that opens the page once, within a minute; raises ``TympanError``."""
    found = find()
    if isinstance(found, Away):
        raise AgentAway(found.cause, next_step="Start it with 'tympan run'.")
    return trio.run(page_address, found, part)


def open_page(address: str) -> bool:
    """Opens it in the browser; False when there is none."""
    return open_address(address)
