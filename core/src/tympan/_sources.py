"""Asks the sources of policy and of printers that plugins offer, for as long as they offer them.

- Level-triggered: what a source says replaces what it said before; what it does not know yet changes nothing.
- A source that fails is charged for it and asked again with back-off; what it brought holds meanwhile.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

import trio

from tympan._bus import Bus
from tympan._errors import PluginFault
from tympan._events import PortsChanged
from tympan._faults import contained
from tympan._ids import PluginId
from tympan._limits import DEFAULTS, Limits
from tympan._ports import PeopleSource, PolicySource, PrinterSource, SignedIn
from tympan._values import Printer

Look = Callable[[PluginId, Any], Awaitable[None]]


class Taker(Protocol):
    """Who takes what sources bring."""

    async def take_policy(self, keys: Sequence[bytes], documents: Sequence[bytes] | None) -> None:
        """Keys, and documents where they are known."""

    async def take_printers(self, owner: PluginId, printers: Sequence[Printer]) -> None:
        """Printers of one plugin."""

    async def take_people(self, people: Sequence[SignedIn]) -> None:
        """Who is signed in."""

    def owned(self, kind: type[Any]) -> tuple[tuple[PluginId, Any], ...]:
        """Ports of running plugins."""

    def charge(self, plugin: PluginId, where: str, error: BaseException) -> None:
        """Writes a fault down on a plugin's record."""


class Sources:
    """Owns: a task for each source that is offered, in the nursery of ``run``."""

    def __init__(self, taker: Taker, bus: Bus, limits: Limits = DEFAULTS) -> None:
        self._taker = taker
        self._bus = bus
        self._limits = limits
        self._watched: dict[int, trio.CancelScope] = {}

    async def run(self) -> None:
        """Runs until cancelled."""
        async with trio.open_nursery() as nursery:
            with self._bus.subscribe(PortsChanged, size=1) as changes:  # one that waits stands for all that were missed
                while True:
                    self._compare(nursery)
                    await changes.receive()

    def _compare(self, nursery: trio.Nursery) -> None:
        offered = {id(source): (owner, source, look) for owner, source, look in self._offered()}
        for gone in self._watched.keys() - offered.keys():
            self._watched.pop(gone).cancel()
        for place, (owner, source, look) in offered.items():
            if place not in self._watched:
                scope = self._watched[place] = trio.CancelScope()
                nursery.start_soon(self._watch, scope, owner, source, look)

    def _offered(self) -> Iterator[tuple[PluginId, Any, Look]]:
        kinds = ((PolicySource, self._policy), (PrinterSource, self._printers), (PeopleSource, self._people))
        for kind, look in kinds:
            for owner, source in self._taker.owned(kind):
                yield owner, source, look

    async def _watch(self, scope: trio.CancelScope, owner: PluginId, source: Any, look: Look) -> None:
        wait_s = self._limits.backoff_first_s
        with scope:
            while True:
                looked_at = trio.current_time()
                with contained(functools.partial(self._taker.charge, owner, "what it brings")):
                    while True:
                        await look(owner, source)
                        await source.wait_changed()
                        looked_at = trio.current_time()
                if trio.current_time() - looked_at > self._limits.backoff_last_s:
                    wait_s = self._limits.backoff_first_s
                await trio.sleep(wait_s)
                wait_s = min(wait_s * 2, self._limits.backoff_last_s)

    async def _policy(self, owner: PluginId, source: PolicySource) -> None:
        with trio.fail_after(self._limits.claim_s):
            keys, documents = await source.keys(), await source.documents()
        if keys is not None:
            _all(bytes, keys, documents or ())
            await self._taker.take_policy(keys, documents)

    async def _printers(self, owner: PluginId, source: PrinterSource) -> None:
        with trio.fail_after(self._limits.claim_s):
            printers = await source.printers()
        if printers is not None:
            _all(Printer, printers)
            await self._taker.take_printers(owner, printers)

    async def _people(self, owner: PluginId, source: PeopleSource) -> None:
        with trio.fail_after(self._limits.claim_s):
            people = await source.people()
        if people is not None:
            _all(SignedIn, people)
            await self._taker.take_people(people)


def _all(kind: type, *lists: Sequence[object]) -> None:
    for item in (item for items in lists for item in items):
        if not isinstance(item, kind):
            raise PluginFault(f"it brings a {type(item).__name__}, no {kind.__name__}")
