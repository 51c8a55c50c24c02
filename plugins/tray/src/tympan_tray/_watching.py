"""Watching: keeps asking the agent how it stands, through its restarts, and says honestly when none answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import trio

from tympan.plugin import TympanError
from tympan_tray._agents import Agent, Finder
from tympan_tray._errors import AgentAway
from tympan_tray._limits import AGAIN_MOST_S, AGAIN_S, GONE_S, UNHEARD_S
from tympan_tray._standing import Away, Seen
from tympan_tray._view import told


class Watch:
    """What is known of the agent, and where it is.

    Args:
        find: Where the agent listens.
        show: Told of everything that is new.
    """

    def __init__(self, find: Finder, show: Callable[[Seen], Awaitable[None]]) -> None:
        self._find = find
        self._show = show
        self._shown: Seen | None = None
        self._gone_at: float | None = None
        self._known = False
        self.agent: Agent | None = None

    async def run(self) -> None:
        """Until cancelled."""
        wait_s = AGAIN_S
        while True:
            away = await self._while_there()
            now = trio.current_time()
            self._gone_at = now if self._gone_at is None else self._gone_at
            restarting = self._known and now - self._gone_at < GONE_S
            wait_s = AGAIN_S if restarting else min(wait_s * 1.5, AGAIN_MOST_S)
            await self._tell(attrs.evolve(away, restarting=restarting))
            await trio.sleep(wait_s)

    async def _while_there(self) -> Away:
        """Shows what the agent says for as long as it says something; why it does not any more."""
        found = await trio.to_thread.run_sync(self._find, abandon_on_cancel=True)
        if isinstance(found, Away):
            self.agent = None
            return found
        self.agent, seen = found, ""
        try:
            while True:
                asked_at, before = trio.current_time(), seen
                answer = await found.ask("look", seen=seen)
                seen = str(answer.get("digest", ""))
                self._known, self._gone_at = True, None
                if seen == before and trio.current_time() - asked_at < UNHEARD_S:
                    await trio.sleep(UNHEARD_S)
                await self._tell(told(answer.get("view")))
        except AgentAway as error:
            return Away(cause=error.cause, gone=error.gone)
        except TympanError as error:
            return Away(cause=error.sentence)

    async def _tell(self, seen: Seen) -> None:
        if seen != self._shown:
            self._shown = seen
            await self._show(seen)
