"""Forgotten crossings: the hub waits for the end of what was begun here, and nothing is known of it here any more.

So it is when a job was canceled here in the moment in which the hub said yes, or when this agent's folder came from a
backup. Without a word its sender would wait for ever: the hub is told that nobody can tell the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import trio

from tympan.plugin import HubLink, TympanError
from tympan_cloud_tunnel._ledger import Ledger
from tympan_cloud_tunnel._limits import FORGOTTEN_S, ROOM
from tympan_wire.hub import CrossingHeld, CrossingStep, CrossingWord, CrossingWords, Operation, encode


class Forgotten:
    """Those of one membership."""

    def __init__(self, hub: HubLink, ledger: Ledger) -> None:
        self._hub = hub
        self._ledger = ledger
        self._since: dict[CrossingHeld, float] = {}

    async def tell(self, begun: Iterable[CrossingHeld]) -> None:
        """Tells the hub of those it has waited for long enough.

        Args:
            begun: Whose end it waits for, as it said just now.
        """
        now = trio.current_time()
        known = {(entry.id, entry.fence) for entry in self._ledger.entries}
        unknown = [one for one in begun if (one.id, one.fence) not in known]
        self._since = {one: self._since.get(one, now) for one in unknown}
        words = [_word(one) for one, since in self._since.items() if now - since >= FORGOTTEN_S][:ROOM]
        if words:
            with contextlib.suppress(TympanError):  # the next look tells it again
                await self._hub.request(Operation.TUNNEL_WORDS, encode(CrossingWords(words=tuple(words))))


def _word(one: CrossingHeld) -> CrossingWord:
    return CrossingWord(id=one.id, fence=one.fence, step=CrossingStep.REFUSE)
