"""Devices that scans found: in memory, and kept over restarts, so that a restart is no news to anybody.

- A device stays known when it goes out of view, and is looked at again like the others: at night many are off.
- Where something took a connection but did not answer, the device may be busy: that it is gone is believed the second
  time.
- What nobody confirmed for `KNOWN_DAYS` is forgotten; what is too much is dropped and counted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import attrs
import trio

from tympan.plugin import KeyValue, Sighting
from tympan_discovery_ippscan._limits import KNOWN, KNOWN_DAYS, RECORD_BYTES
from tympan_discovery_ippscan._probe import Found, Nothing
from tympan_wire.hub import HubMessageError, SightingReport, decode, encode

METHOD = "ippscan"
_INDEX = "devices"


@attrs.frozen(kw_only=True)
class Known:
    """A device: how it was seen last, and whether it was there the last time somebody looked."""

    target: str
    sighting: Sighting
    in_view: bool = True


class KnownDevices:
    """All of them, by the address or name they were found at."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._slots: dict[str, int] = {}
        self._listed: frozenset[int] = frozenset()
        self._silent: set[str] = set()
        self._listing = trio.Lock()  # an older list written last would forget a device
        self.dropped = 0

    def in_view(self) -> tuple[Sighting, ...]:
        """Those that were there when somebody looked last."""
        return tuple(known.sighting for known in self._known.values() if known.in_view)

    def __iter__(self) -> Iterator[Known]:
        return iter(tuple(self._known.values()))

    async def open(self, state: KeyValue) -> None:
        """Takes up what an earlier run kept, all at once: whoever asks meanwhile shall miss none. What cannot be read
        is forgotten.
        """
        found: dict[str, Known] = {}
        slots: dict[str, int] = {}
        for slot in _index(await state.get(_INDEX)):
            known = _read(await state.get(_key(slot)))
            if known is not None:
                found[known.target], slots[known.target] = known, slot
        self._known, self._slots, self._silent = found, slots, set()
        self._listed = frozenset(slots.values())

    async def forget(self, state: KeyValue, now: dt.datetime) -> None:
        """Those nobody confirmed for `KNOWN_DAYS`: they make room."""
        before = now - dt.timedelta(days=KNOWN_DAYS)
        old = [target for target, known in self._known.items() if known.sighting.seen_at < before]
        for target in old:
            del self._known[target], self._slots[target]
            self._silent.discard(target)
        await self._list(state)

    async def see(self, state: KeyValue, found: Found, now: dt.datetime) -> bool:
        """A device is there; tells whether that is news."""
        known = Known(target=found.target, sighting=sighting(found, now))
        full = found.target not in self._known and len(self._known) >= KNOWN
        if full or len(encode(_report(known))) > RECORD_BYTES:
            self.dropped += 1
            return False
        before = self._known.get(found.target)
        self._silent.discard(found.target)
        await self._keep(state, known)
        return before is None or not before.in_view or _timeless(before) != _timeless(known)

    async def miss(self, state: KeyValue, target: str, nothing: Nothing) -> bool:
        """No device was read there; tells whether that is news."""
        before = self._known.get(target)
        if before is None or not before.in_view or nothing is Nothing.UNASKED:
            return False
        if nothing is Nothing.SILENT and target not in self._silent:
            self._silent.add(target)
            return False
        self._silent.discard(target)
        await self._keep(state, attrs.evolve(before, in_view=False))
        return True

    async def _keep(self, state: KeyValue, known: Known) -> None:
        if known.target not in self._slots:
            taken = set(self._slots.values())
            self._slots[known.target] = next(slot for slot in range(KNOWN) if slot not in taken)
        self._known[known.target] = known  # before anything waits: two may be kept at a time
        await state.put(_key(self._slots[known.target]), encode(_report(known)))
        await self._list(state)

    async def _list(self, state: KeyValue) -> None:
        """Writes the list where it is another, also when an earlier try failed or its scan was stopped."""
        async with self._listing:
            slots = frozenset(self._slots.values())
            if slots != self._listed:
                await state.put(_INDEX, json.dumps(sorted(slots)).encode())
                self._listed = slots


def sighting(found: Found, now: dt.datetime) -> Sighting:
    """What was found, as the kernel takes it."""
    host = "" if found.target in found.addresses else found.target.rstrip(".")
    return Sighting(
        method=METHOD,
        key=found.target,
        seen_at=now,
        uri=found.look.uri,
        host=host,
        addresses=found.addresses,
        mac=found.mac,
        fingerprint=found.look.fingerprint,
        description=found.look.description,
    )


def _timeless(known: Known) -> Known:
    return attrs.evolve(known, sighting=attrs.evolve(known.sighting, seen_at=dt.datetime.fromtimestamp(0, dt.UTC)))


def _report(known: Known) -> SightingReport:
    fields = {field.name: getattr(known.sighting, field.name) for field in attrs.fields(Sighting)}
    return SightingReport(in_view=known.in_view, **fields)


def _read(kept: bytes | None) -> Known | None:
    try:
        report = decode(SightingReport, kept or b"")
    except HubMessageError:
        return None
    fields = {field.name: getattr(report, field.name) for field in attrs.fields(Sighting)}
    return Known(target=report.key, sighting=Sighting(**fields), in_view=report.in_view)


def _index(kept: bytes | None) -> list[int]:
    try:
        return [int(slot) for slot in json.loads(kept or b"[]")]
    except (ValueError, TypeError):
        return []


def _key(slot: int) -> str:
    return f"device {slot}"
