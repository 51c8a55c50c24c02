"""Asks devices what they are: a few at a time, one address after the other.

- Who announces a thousand devices at one address waits for itself: addresses take turns.
- What nobody foresaw in an answer is no answer.
- Who does not answer is asked again after a while, a few times, and then with the next sweep.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable

import trio

from tympan.plugin import Host
from tympan_discovery_bonjour._hints import addresses
from tympan_discovery_bonjour._limits import LOOK_AGAIN_S, LOOK_AGAIN_TICK_S, LOOK_S, LOOKS, LOOKS_AN_ADDRESS
from tympan_discovery_bonjour._view import View
from tympan_net.device_look import DeviceLook, Silence, look_at
from tympan_net.neighbours import mac_of


class Looker:
    """Asks the devices of a view."""

    def __init__(self, view: View, host: Host, changed: Callable[[], None]) -> None:
        self._view = view
        self._host = host
        self._changed = changed
        self._waiting: dict[str, deque[str]] = {}
        self._wanted: set[str] = set()
        self._busy: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._again: dict[str, float] = {}
        self._work = trio.Event()
        self._idle = trio.Event()

    def look(self, keys: Iterable[str]) -> None:
        """These devices are to be asked."""
        for key in keys:
            seen = self._view.seen.get(key)
            if seen is None or key in self._wanted:
                continue
            self._wanted.add(key)
            self._again.pop(key, None)
            self._waiting.setdefault(addresses(seen.device)[0], deque()).append(key)
        self._work.set()

    async def wait_idle(self) -> None:
        """Returns when nobody is being asked or waits for it."""
        while self._wanted:
            if self._idle.is_set():
                self._idle = trio.Event()
            await self._idle.wait()

    async def run(self) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            for _ in range(LOOKS):
                nursery.start_soon(self._worker)
            nursery.start_soon(self._retry)

    async def _worker(self) -> None:
        while True:
            turn = self._next()
            if turn is None:
                self._work = trio.Event() if self._work.is_set() else self._work
                await self._work.wait()
                continue
            address, key = turn
            try:
                await self._ask(key)
            finally:
                self._busy[address] -= 1
                self._wanted.discard(key)
                self._work.set()
                self._idle.set()

    def _next(self) -> tuple[str, str] | None:
        for address in list(self._waiting):
            if self._busy[address] >= LOOKS_AN_ADDRESS:
                continue
            waiting = self._waiting.pop(address)
            key = waiting.popleft()
            if waiting:
                self._waiting[address] = waiting  # behind the others
            self._busy += Counter({address: 1})  # and forgets those at 0
            return address, key
        return None

    async def _ask(self, key: str) -> None:
        seen = self._view.seen.get(key)
        if seen is None:
            return
        look: DeviceLook | Silence
        try:
            look = await look_at(seen.uris, within_s=LOOK_S)
            self._view.answered(key, look, await mac_of(addresses(seen.device)), self._host.now())
        except Exception as error:  # whatever a stranger's answer does, the others are asked
            self._host.log("a device was not asked", device=key, error=repr(error)[:300])
            look = Silence(why="What it answered cannot be read.")
            self._view.answered(key, look, "", self._host.now())
        if isinstance(look, Silence):
            self._later(key)
        else:
            self._tries.pop(key, None)
        self._changed()

    def _later(self, key: str) -> None:
        tries = self._tries[key]
        if tries < len(LOOK_AGAIN_S):
            self._tries[key] += 1
            self._again[key] = trio.current_time() + LOOK_AGAIN_S[tries]

    async def _retry(self) -> None:
        while True:
            await trio.sleep(LOOK_AGAIN_TICK_S)
            for known in (self._again, self._tries):
                for key in known.keys() - self._view.seen.keys():
                    del known[key]
            self.look([key for key, due in self._again.items() if due <= trio.current_time()])
