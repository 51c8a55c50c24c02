"""The face of the tray on Linux: an item in the panel and notifications, both by the session bus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import trio

from tympan_tray._agents import Finder
from tympan_tray._browser import Opener
from tympan_tray._dbus import SessionBus, session_bus
from tympan_tray._menu import menu
from tympan_tray._notifier import Notifier
from tympan_tray._panel import Panel
from tympan_tray._standing import Seen, standing
from tympan_tray._tray import FOLLOWED, Ending, Tray
from tympan_tray._words import Words, of_session

SINGLE: Final = "example.tympan.Tray"
"""The name on the bus that one tray of a session has."""


class LinuxFace:
    """Panel and notifications."""

    def __init__(self, bus: SessionBus, say: Words, tray: Tray) -> None:
        self._say = say
        self.panel = Panel(bus, tray.choose, tray.open_page)
        self.notifier = Notifier(bus, say, tray.open_page)

    async def start(self) -> None:
        """Takes its places on the bus."""
        await self.notifier.start()
        await self.panel.start()

    async def show(self, seen: Seen) -> None:
        """Shows how it stands."""
        say = self._say
        await self.panel.show(standing(seen), say.standing(seen), say.lines(seen), menu(seen, say))
        await self.notifier.show(seen)

    async def say(self, sentence: str) -> None:
        """Tells what came of a choice."""
        await self.notifier.say(sentence)


async def serve(find: Finder, opener: Opener, log: Callable[[str], None], env: Mapping[str, str]) -> tuple[Ending, str]:
    """Runs the tray of a session until it ends; why it did, and the agent's release then.

    Raises:
        CallFailed: There is no session bus.
    """
    async with session_bus() as bus, trio.open_nursery() as nursery:
        nursery.start_soon(_until_the_session_ends, bus, nursery.cancel_scope)
        if not await bus.own(SINGLE):
            nursery.cancel_scope.cancel()
            return Ending.ANOTHER, ""
        tray, ending = Tray(find, opener, log, env.get(FOLLOWED, "")), Ending.QUIT
        face = LinuxFace(bus, of_session(env), tray)
        await face.start()
        if not face.panel.registered:
            log("no panel of this session shows items now; notifications come, and 'tympan open' opens the page")
        ending = await tray.run(face)
        nursery.cancel_scope.cancel()
    return ending, tray.release


async def _until_the_session_ends(bus: SessionBus, scope: trio.CancelScope) -> None:
    await bus.run()
    scope.cancel()
