"""How many datagrams are read, of one host and of all: a flood costs the host that makes it its voice. Pure."""

from __future__ import annotations

from collections import OrderedDict

import attrs

from tympan_discovery_wsd._limits import ALL_BURST, ALL_PER_SECOND, SOURCE_BURST, SOURCE_PER_SECOND, SOURCES


@attrs.define
class _Bucket:
    """Room for ``left`` datagrams, as it was at a time."""

    left: float
    at_s: float

    def take(self, now_s: float, burst: float, per_second: float) -> bool:
        self.left = min(burst, self.left + (now_s - self.at_s) * per_second)
        self.at_s = now_s
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Pace:
    """Room of every host, and of all together."""

    def __init__(self) -> None:
        self._all = _Bucket(ALL_BURST, 0.0)
        self._sources: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, source: str, now_s: float) -> bool:
        """Whether one more datagram of a host is read; its own room is asked first, so it takes none of the others'."""
        bucket = self._sources.pop(source, None) or _Bucket(SOURCE_BURST, now_s)
        self._sources[source] = bucket
        if len(self._sources) > SOURCES:
            self._sources.popitem(last=False)
        own = bucket.take(now_s, SOURCE_BURST, SOURCE_PER_SECOND)
        return own and self._all.take(now_s, ALL_BURST, ALL_PER_SECOND)
