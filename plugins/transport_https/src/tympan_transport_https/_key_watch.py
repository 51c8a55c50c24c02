"""Looks into the key book: at the start, at a notice, and from time to time.

A hub that is away is asked again at the next look: whoever is to be believed meanwhile was believed before.
"""

from __future__ import annotations

from contextlib import suppress

import trio

from tympan.plugin import Host, LookAgain, Subscription, TympanError
from tympan_transport_https._agent_keys import FollowedKeys
from tympan_transport_https._limits import BOOK_LOOK_S
from tympan_transport_https._membership import HubMembership
from tympan_wire.hub import Topic

_TOPICS = {"", Topic.KEYS.value}


class KeyWatch:
    """Lets the book be followed."""

    def __init__(self, membership: HubMembership, keys: FollowedKeys) -> None:
        self._membership = membership
        self._keys = keys

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        with host.bus.subscribe(LookAgain, size=16) as news:
            while True:
                if self._membership.member is None:
                    await self._membership.wait_changed()
                    continue
                with suppress(TympanError):  # it is said where the membership is shown
                    await self._keys.look()
                with trio.move_on_after(BOOK_LOOK_S):
                    await _told(news)


async def _told(news: Subscription) -> None:
    async for one in news:
        if isinstance(one, LookAgain) and one.topic in _TOPICS:
            return
