"""What the hub was told of how shares stand, durable as far as it is out of the ordinary.

A share's hash says what it is and not how it stands. After a restart only those need telling that stand otherwise than
the hub may believe: those with something to tell now, and those that had something to tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from tympan.plugin import KeyValue
from tympan_printer_sharing._rules import is_plain, standing_of
from tympan_wire.hub import Share, ShareState

_KEY: Final = "standings"
_PLAIN: Final = (ShareState.IDLE, (), True)
_KEPT_MOST: Final = 1500
"""Of ids in one durable value of 64 KiB."""


class ToldStandings:
    """By share.

    Args:
        state: Where those out of the ordinary are kept.
    """

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._told: dict[UUID, object] = {}
        self._odd: set[UUID] = set()

    async def open(self) -> None:
        """Reads what was kept; what cannot be read is told anew."""
        try:
            self._odd = {UUID(one) for one in json.loads(await self._state.get(_KEY) or b"[]")}
        except (ValueError, TypeError, AttributeError):
            self._odd = set()
        self._told = dict.fromkeys(self._odd, None)

    def differs(self, share: Share) -> bool:
        """Whether the hub may believe something else of how a share stands."""
        return self._told.get(share.id, _PLAIN) != standing_of(share)

    async def told(self, shares: Iterable[Share]) -> None:
        """The hub knows now."""
        odd = set(self._odd)
        for share in shares:
            self._told[share.id] = standing_of(share)
            (odd.discard if is_plain(share) else odd.add)(share.id)
        if odd != self._odd:
            self._odd = odd
            await self._state.put(_KEY, json.dumps(sorted(map(str, odd))[:_KEPT_MOST]).encode())
