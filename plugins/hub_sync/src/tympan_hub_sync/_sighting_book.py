"""Which sightings the hub was told of, and what: digests by method and key, durable.

- What is kept of a sighting that is told again after a crash costs one report; what is lost is told anew.
- Keys are chosen by whoever is on the network. A secret of this agent says which bucket a key is kept in, so nobody can
  aim at one; what does not fit into its bucket all the same is not kept, and told again after a restart.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Final

from tympan.plugin import KeyValue
from tympan_hub_sync._limits import SIGHTING_BUCKET_BYTES, SIGHTING_BUCKETS


class SightingBook:
    """Of one method and one membership.

    Attributes:
        told: Digests by key.
    """

    def __init__(self, state: KeyValue, agent: str, method: str) -> None:
        self._state = state
        self._agent = agent
        self._method = method
        self._secret = b""
        self._dirty: set[int] = set()
        self.told: dict[str, str] = {}

    async def obey(self, number: int) -> bool:
        """Forgets all, for the hub wishes to be told once more; False: this wish was obeyed before."""
        name = f"sightings {self._method} again"
        wish = f"{self._agent} {number}".encode()
        if await self._state.get(name) == wish:
            return False
        for key in list(self.told):
            self.note(key, None)
        await self.keep()
        await self._state.put(name, wish)
        return True

    async def open(self) -> None:
        """Reads what was kept; that of another membership counts for nothing."""
        self._secret = await self._kept_secret()
        for bucket in range(SIGHTING_BUCKETS):
            told = self._read(await self._state.get(self._name(bucket)))
            self.told.update({key: digest for key, digest in told.items() if self._bucket(key) == bucket})

    def note(self, key: str, digest: str | None) -> None:
        """A sighting was told; None: that it went."""
        if digest is None:
            self.told.pop(key, None)
        else:
            self.told[key] = digest
        self._dirty.add(self._bucket(key))

    async def keep(self) -> None:
        """Makes it durable."""
        for bucket in sorted(self._dirty):
            told = {key: digest for key, digest in self.told.items() if self._bucket(key) == bucket}
            words = json.dumps({"agent": self._agent, "told": _fitting(told)})
            await self._state.put(self._name(bucket), words.encode())
        self._dirty = set()

    async def _kept_secret(self) -> bytes:
        name = f"sightings {self._method} secret"
        kept = await self._state.get(name)
        if kept is None:
            kept = secrets.token_bytes(_SECRET_OCTETS)
            await self._state.put(name, kept)
        return kept

    def _bucket(self, key: str) -> int:
        hashed = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=1, key=self._secret)
        return hashed.digest()[0] % SIGHTING_BUCKETS

    def _name(self, bucket: int) -> str:
        return f"sightings {self._method} {bucket}"

    def _read(self, kept: bytes | None) -> dict[str, str]:
        try:
            value = json.loads(kept or b"{}")
            if value.get("agent") != self._agent:
                return {}
            return {str(key): str(digest) for key, digest in value["told"].items()}
        except (ValueError, AttributeError, KeyError):
            return {}


def digest_of(words: bytes) -> str:
    """Tells a report from another one."""
    return hashlib.blake2b(words, digest_size=_DIGEST_OCTETS).hexdigest()


def _fitting(told: Mapping[str, str]) -> dict[str, str]:
    """Those that were told first, as many as one value may hold."""
    left, fitting = SIGHTING_BUCKET_BYTES, {}
    for key, digest in told.items():
        left -= len(json.dumps({key: digest}))
        if left >= 0:
            fitting[key] = digest
    return fitting


_DIGEST_OCTETS: Final = 8
_SECRET_OCTETS: Final = 32
