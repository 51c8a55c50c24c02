"""The tray: what is watched, what is shown of it, and what is done when somebody chooses something.

An agent whose tray is of another release was updated under this one: the tray ends, to be started again as what is
installed now. Where that is of another release still, it stays as it is, and shows what it understands.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from importlib.metadata import version
from typing import Final, Protocol

import trio

from tympan.plugin import TympanError
from tympan_tray._agents import Agent, Finder
from tympan_tray._browser import Opener, opened, page_address
from tympan_tray._errors import AgentAway
from tympan_tray._standing import Away, Seen
from tympan_tray._view import View
from tympan_tray._watching import Watch
from tympan_tray._wishes import Act, Wish

FOLLOWED: Final = "TYMPAN_TRAY_FOLLOWED"
"""Says in the environment for which release the tray was started again, so that it is once."""

_CHOSEN = 32
"""Choices that wait; nobody clicks faster than they are done."""


class Ending(StrEnum):
    """Why a tray ended."""

    QUIT = "quit"
    """Somebody quit it, or the session is over."""
    NEWER = "newer"
    """The agent was updated; the tray is to be started again."""
    ANOTHER = "another"
    """One runs in this session already."""


class Face(Protocol):
    """What shows the tray: a panel and notifications, or another system's tray."""

    async def show(self, seen: Seen) -> None:
        """Shows how it stands."""

    async def say(self, sentence: str) -> None:
        """Tells what came of a choice, where something is to be told."""


class Tray:
    """Keeps a face up to date, and does what is chosen at it.

    Args:
        find: Where the agent listens.
        opener: Opens addresses in the browser.
        log: A line for whoever looks.
        followed: The release this tray was started again for; "" when it was not.
    """

    def __init__(self, find: Finder, opener: Opener, log: Callable[[str], None], followed: str = "") -> None:
        self._ours = frozenset({"", version("tympan-tray"), followed})
        self._opener = opener
        self._log = log
        self._face: Face | None = None
        self._seen: Seen = Away()
        self._watch = Watch(find, self._show)
        self._send, self._chosen = trio.open_memory_channel[Wish](_CHOSEN)

    def choose(self, wish: Wish) -> None:
        """Somebody chose something; it is done in turn."""
        try:
            self._send.send_nowait(wish)
        except trio.WouldBlock:
            self._log("too much was chosen at once; the last choice is dropped")

    def open_page(self) -> None:
        """Somebody clicked the icon or a notification."""
        self.choose(Wish(act=Act.PAGE))

    async def run(self, face: Face) -> Ending:
        """Until somebody quits, the agent is updated, or it is cancelled."""
        self._face, ending = face, Ending.QUIT
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch.run)
            async for wish in self._chosen:
                if wish.act in (Act.QUIT, Act.START_AGAIN):
                    ending = Ending.NEWER if wish.act is Act.START_AGAIN else Ending.QUIT
                    break
                await self._do(wish)
            nursery.cancel_scope.cancel()
        return ending

    @property
    def release(self) -> str:
        """Of the tray in the agent, as it said last."""
        return self._seen.tray if isinstance(self._seen, View) else ""

    async def _show(self, seen: Seen) -> None:
        self._seen = seen
        if self.release not in self._ours:
            self.choose(Wish(act=Act.START_AGAIN))
        if self._face is not None:
            await self._face.show(seen)

    async def _do(self, wish: Wish) -> None:
        """Does it; what does not work is told, and ends nothing."""
        face = self._face
        try:
            said = await self._done(wish)
        except TympanError as error:
            said = (error.sentence,)
        for sentence in said:
            self._log(sentence)
            if face is not None:
                await face.say(sentence)

    async def _done(self, wish: Wish) -> tuple[str, ...]:
        if wish.act is Act.PORTAL:
            return await self._open(_portal(self._seen))
        agent = self._agent()
        if wish.act is Act.PAGE:
            return await self._open(await page_address(agent, wish.part))
        if wish.act is Act.SIGN_IN:
            return await self._sign_in(agent, wish)
        answer = await agent.ask(wish.act.value, jobs=list(wish.jobs), at=wish.at)
        said = answer.get("said", [])
        return tuple(map(str, said)) if isinstance(said, list) else ()

    async def _sign_in(self, agent: Agent, wish: Wish) -> tuple[str, ...]:
        """The page shows the code; where this machine belongs to no hub, it asks for its address first."""
        if isinstance(self._seen, View) and self._seen.hub is not None:
            await agent.ask(Act.SIGN_IN.value)
        return await self._open(await page_address(agent, wish.part))

    def _agent(self) -> Agent:
        if self._watch.agent is None:
            cause = self._seen.cause if isinstance(self._seen, Away) else ""
            raise AgentAway(cause or "no agent answers", next_step="Start it with 'tympan run'.")
        return self._watch.agent

    async def _open(self, address: str) -> tuple[str, ...]:
        if address and await opened(self._opener, address):
            return ()
        return ("no browser could be opened; run 'tympan open --print' in a terminal for the page's address",)


def _portal(seen: Seen) -> str:
    return seen.hub.address if isinstance(seen, View) and seen.hub is not None else ""
