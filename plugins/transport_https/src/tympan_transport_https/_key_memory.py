"""What is kept of the key book: how far it was followed, and every agent of it, in values of bounded size.

- Agents are written before the head that counts them: after a crash in between, their entries come again and change
  nothing.
- Values of another membership are as good as none; leaving a hub takes them away.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from contextlib import suppress
from typing import Any, Final

import attrs

from tympan.plugin import KeyValue, TympanError
from tympan_transport_https._key_book import Head, KeyBook, bucket_of
from tympan_transport_https._key_entries import KnownKeys

_HEAD: Final = "keys"


class KeyMemory:
    """The book in durable values."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._buckets: set[int] = set()

    async def load(self, owner: str) -> KeyBook:
        """The book of this agent as it was kept; one of nothing where it is another agent's.

        Raises:
            TympanError: What was kept cannot be read: nobody is trusted anew for that.
        """
        try:
            head = await self._head()
            if head.owner != owner:
                return KeyBook(head=Head(owner=owner))
            agents = [known for bucket in sorted(self._buckets) for known in await self._bucket(bucket, owner)]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            cause = f"what was kept of the key book cannot be read: {error}"
            raise TympanError(cause, next_step="Update this agent, or enrol it anew.") from error
        return KeyBook(head=head, agents={known.agent: known for known in agents})

    async def save(self, book: KeyBook) -> None:
        """Keeps what changed since; durable when it returns."""
        touched = {bucket_of(agent) for agent in book.changed}
        members: dict[int, list[KnownKeys]] = defaultdict(list)
        for known in book.agents.values():
            if (bucket := bucket_of(known.agent)) in touched:
                members[bucket].append(known)
        for bucket in sorted(touched):
            await self._state.put(_name(bucket), _written(book.head.owner, members[bucket]))
        self._buckets |= touched
        head = attrs.asdict(book.head) | {"buckets": sorted(self._buckets)}
        await self._state.put(_HEAD, json.dumps(head).encode())
        book.changed.clear()

    async def forget(self) -> None:
        """Takes everything away; what cannot be read counts as nothing."""
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            await self._head()
        for bucket in sorted(self._buckets):
            await self._state.delete(_name(bucket))
        await self._state.delete(_HEAD)

    async def _head(self) -> Head:
        kept = await self._state.get(_HEAD)
        if kept is None:
            return Head()
        table = json.loads(kept)
        self._buckets = {int(bucket) for bucket in table.pop("buckets")}
        return Head(**table)

    async def _bucket(self, bucket: int, owner: str) -> list[KnownKeys]:
        kept = await self._state.get(_name(bucket))
        table = json.loads(kept) if kept is not None else {}
        return [_read(row) for row in table["agents"]] if table.get("owner") == owner else []


def _name(bucket: int) -> str:
    return f"keys/{bucket:03x}"


def _written(owner: str, agents: list[KnownKeys]) -> bytes:
    rows = [attrs.asdict(known) | {"since": known.since.isoformat()} for known in agents]
    return json.dumps({"owner": owner, "agents": rows}, separators=(",", ":")).encode()


def _read(row: dict[str, Any]) -> KnownKeys:
    return KnownKeys(**(row | {"since": dt.datetime.fromisoformat(row["since"])}))
