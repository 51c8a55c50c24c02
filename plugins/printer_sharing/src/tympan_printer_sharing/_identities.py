"""Identities: which share a queue is, whatever it is called now.

- The id of a share is made once for the device behind a queue and kept over restarts, and after the queue is gone, so
  that one made again is the share it was.
- Several queues may lead to one device. Each keeps its own id for as long as its name stays; one that is renamed takes
  the id of the one that is missing.
- Of a queue whose device nobody can tell the name is all there is.
- Kept are digests: addresses of devices stay on this machine's own queues.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from uuid import UUID, uuid4

import attrs

from tympan.plugin import KeyValue, Queue
from tympan_printer_sharing._limits import ENTRIES_IN_ONE, ENTRIES_MOST

_KEY: Final = "identities-"


@attrs.frozen(kw_only=True)
class Entry:
    """A share: its id, the digest of its device, and the name its queue had last."""

    id: UUID
    device: str
    name: str


def device_of(queue: Queue) -> str:
    """The digest of the device behind a queue; of the name where no device is known."""
    said = f"device {queue.identity}" if queue.identity else f"name {queue.name}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def assigned(entries: Sequence[Entry], queues: Iterable[Queue], new: Callable[[], UUID] = uuid4) -> dict[str, Entry]:
    """The entry of each queue, by its name: known ones first under their name, then renamed ones, then new ones."""
    wanted = {queue.name: device_of(queue) for queue in queues}
    by_both = {(entry.device, entry.name): entry for entry in entries}
    found = {name: by_both[device, name] for name, device in wanted.items() if (device, name) in by_both}
    taken = {entry.id for entry in found.values()}
    for name, device in sorted(wanted.items()):
        if name in found:
            continue
        old = next((one for one in reversed(entries) if one.device == device and one.id not in taken), None)
        found[name] = attrs.evolve(old, name=name) if old else Entry(id=new(), device=device, name=name)
        taken.add(found[name].id)
    return found


class Identities:
    """The entries of this machine, durable.

    Args:
        state: Where they are kept.
    """

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._entries: dict[UUID, Entry] = {}
        self._kept: list[bytes] = []

    async def open(self) -> None:
        """Reads what was kept; what cannot be read is passed over."""
        self._entries, self._kept = {}, []
        while len(self._kept) * ENTRIES_IN_ONE < ENTRIES_MOST:
            kept = await self._state.get(f"{_KEY}{len(self._kept)}")
            if kept is None:
                return
            self._kept.append(kept)
            self._entries.update({entry.id: entry for entry in _read(kept)})

    async def of(self, queues: Iterable[Queue]) -> dict[str, UUID]:
        """The id of each queue, by its name; new ones are durable when this returns."""
        found = assigned(tuple(self._entries.values()), queues)
        changed = [entry for entry in found.values() if self._entries.get(entry.id) != entry]
        if changed:
            self._entries.update({entry.id: entry for entry in changed})
            self._forget({entry.id for entry in found.values()})
            await self._keep()
        return {name: entry.id for name, entry in found.items()}

    def _forget(self, present: set[UUID]) -> None:
        """Drops the oldest that are gone, where there are too many."""
        for entry in [one for one in self._entries if one not in present]:
            if len(self._entries) <= ENTRIES_MOST:
                return
            del self._entries[entry]

    async def _keep(self) -> None:
        entries = list(self._entries.values())
        pages = [_written(entries[at : at + ENTRIES_IN_ONE]) for at in range(0, len(entries), ENTRIES_IN_ONE)]
        for number, page in enumerate(pages):
            if number >= len(self._kept) or self._kept[number] != page:
                await self._state.put(f"{_KEY}{number}", page)
        for number in range(len(pages), len(self._kept)):
            await self._state.delete(f"{_KEY}{number}")
        self._kept = pages


def _written(entries: Iterable[Entry]) -> bytes:
    return json.dumps([[str(one.id), one.device, one.name] for one in entries], separators=(",", ":")).encode()


def _read(kept: bytes) -> list[Entry]:
    try:
        return [Entry(id=UUID(one), device=str(device), name=str(name)) for one, device, name in json.loads(kept)]
    except (ValueError, TypeError):
        return []
