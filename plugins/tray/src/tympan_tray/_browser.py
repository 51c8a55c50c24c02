"""Opening the page and the portal in the person's browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from typing import Final

import trio

from tympan.plugin import BadInput
from tympan_tray._agents import Agent
from tympan_tray._limits import OPENED_S

Opener = Callable[[str], bool]
"""Opens an address; False when this machine has no browser."""

_DESKTOP: Final = "xdg-open"


def open_address(address: str) -> bool:
    """Opens an http address by what the desktop names for it."""
    if not address.startswith(("http://", "https://")):
        return False
    program = shutil.which(_DESKTOP) if sys.platform == "linux" else None
    if program is None:
        return webbrowser.open(address)
    try:
        done = subprocess.run(
            [program, address], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=OPENED_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True  # some browsers stay in the foreground until they are closed
    return done.returncode == 0


async def page_address(agent: Agent, part: str) -> str:
    """Where the page is for this one time; raises ``TympanError``."""
    answer = await agent.ask("pair", part=part)
    path = answer.get("path")
    if not isinstance(path, str) or not path.startswith("/me/"):
        raise BadInput("the agent names no page", next_step="Start the tray again.")
    return agent.site + path


async def opened(opener: Opener, address: str) -> bool:
    """Opens it without holding anything up."""
    return await trio.to_thread.run_sync(opener, address, abandon_on_cancel=True)
