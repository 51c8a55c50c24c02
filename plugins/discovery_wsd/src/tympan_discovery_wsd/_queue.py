"""Who is to be asked next: bounded, one host's devices after the others', and each device once at a time."""

from __future__ import annotations

from collections import Counter

import trio

from tympan_discovery_wsd._limits import ASKING_SOURCE, WAITING
from tympan_discovery_wsd._view import Device


class Queue:
    """Devices that wait, in order. ``take`` gives one whose host has room, ``done`` makes room."""

    def __init__(self) -> None:
        self._waiting: dict[int, Device] = {}
        self._asked: set[int] = set()
        self._by_source: Counter[str] = Counter()
        self._news = trio.Event()
        self._idle = trio.Event()

    def put(self, device: Device) -> None:
        """It is to be asked; with too many waiting it waits for the next sweep."""
        if id(device) not in self._asked and len(self._waiting) < WAITING:
            self._waiting[id(device)] = device
            self._news.set()

    async def take(self) -> Device:
        """The next."""
        while True:
            if self._news.is_set():
                self._news = trio.Event()  # one for all who wait
            for name, device in self._waiting.items():
                if self._by_source[device.anchor] < ASKING_SOURCE:
                    del self._waiting[name]
                    self._by_source[device.anchor] += 1
                    self._asked.add(name)
                    return device
            await self._news.wait()

    def done(self, device: Device) -> None:
        """It was asked."""
        self._asked.discard(id(device))
        self._by_source[device.anchor] -= 1
        if not self._by_source[device.anchor]:
            del self._by_source[device.anchor]
        self._news.set()
        self._idle.set()

    async def wait_idle(self) -> None:
        """Returns when nobody waits and nobody is asked."""
        while self._waiting or self._asked:
            if self._idle.is_set():
                self._idle = trio.Event()  # one for all who wait
            await self._idle.wait()
