"""What a datagram means: which are read, which are believed, which are dropped and counted. No socket, clock or thread.

- Whoever is not on the link is not heard: multicast does not cross a router, so only a forger could be.
- A repetition (the same id from the same host) is passed over; an answer counts only to a question of ours.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID, uuid4

import attrs

from tympan_discovery_wsd._codec import Heard, Kind, read
from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._limits import ASKED_IDS, SEEN_IDS
from tympan_discovery_wsd._pace import Pace

_ANSWERS = (Kind.PROBE_MATCHES, Kind.RESOLVE_MATCHES)
_QUESTIONS = (Kind.PROBE, Kind.RESOLVE)


@attrs.define(eq=False)
class Hearing:
    """Takes datagrams.

    Attributes:
        dropped: Datagrams that were none, from elsewhere, or too many.
    """

    dropped: int = 0
    _pace: Pace = attrs.field(factory=Pace)
    _seen: OrderedDict[tuple[str, str], None] = attrs.field(factory=OrderedDict)
    _asked: OrderedDict[str, None] = attrs.field(factory=OrderedDict)

    def question(self) -> UUID:
        """The id of a question of ours, whose answers are believed from now on."""
        name = uuid4()
        self._asked[name.urn] = None
        if len(self._asked) > ASKED_IDS:
            self._asked.popitem(last=False)
        return name

    def take(self, packet: bytes, source: str, now_s: float, *, near: bool) -> Heard | None:
        """What a host said; None when it is passed over.

        Args:
            packet: The datagram.
            source: Its host, with the zone.
            now_s: Any clock that does not go back.
            near: Whether the host is on the link.
        """
        if not near or not self._pace.take(source, now_s):
            self.dropped += 1
            return None
        try:
            heard = read(packet)
        except WsdError:
            self.dropped += 1
            return None
        return heard if self._is_news(heard, source) else None

    def _is_news(self, heard: Heard, source: str) -> bool:
        if heard.kind in _QUESTIONS or (heard.kind in _ANSWERS and heard.relates_to not in self._asked):
            return False
        if (source, heard.id) in self._seen:
            return False
        self._seen[source, heard.id] = None
        if len(self._seen) > SEEN_IDS:
            self._seen.popitem(last=False)
        return True
