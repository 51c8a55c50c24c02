"""What was accepted of policy, kept in the store, so that a restart undercuts no number.

- All parts are written in one transaction: a power cut leaves the old or the new ones.
- A disk that refuses stops no start and keeps nothing running that was switched off: it is asked again at every look.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Final

from tympan._errors import TympanError
from tympan._faults import contained, describe
from tympan._limits import DEFAULTS
from tympan._store import KERNEL, Store

_PART_BYTES: Final = 60_000
"""Below the 64 KiB of one value."""
_WHOLE_BYTES: Final = 2 * DEFAULTS.policy_files * DEFAULTS.policy_bytes
"""What is kept is no larger than all documents there may be, and JSON doubles a byte at most."""


class PolicyMemory:
    """Keeps the envelopes of accepted documents.

    Args:
        store: Where.
        log: Of the agent.
    """

    def __init__(self, store: Store, log: Callable[..., None]) -> None:
        self._store = store
        self._log = log
        self._kept: tuple[bytes, ...] = ()
        self._trouble = ""

    async def recall(self) -> tuple[bytes, ...]:
        """What an earlier run kept; what cannot be read is said and forgotten."""
        with contained(lambda error: self._log("kept policy cannot be read", error=describe(error))):
            self._kept = await self._read()
        return self._kept

    async def keep(self, envelopes: tuple[bytes, ...]) -> None:
        """Keeps envelopes that differ from those kept; a refusal is said once and tried again with the next call."""
        if envelopes == self._kept:
            return
        try:
            await self._store.kv_put_all(KERNEL, _parts(envelopes))
        except TympanError as error:
            if self._trouble != error.sentence:
                self._log("the policy in force cannot be kept yet", error=error.sentence)
            self._trouble = error.sentence
        else:
            self._kept, self._trouble = envelopes, ""

    async def _read(self) -> tuple[bytes, ...]:
        head = await self._store.kv_get(KERNEL, "policy")
        parts = [await self._store.kv_get(KERNEL, f"policy {n}") or b"" for n in range(int(head or b"0"))]
        if not parts:
            return ()
        plain = zlib.decompressobj().decompress(b"".join(parts), _WHOLE_BYTES)
        return tuple(text.encode() for text in json.loads(plain))


def _parts(envelopes: tuple[bytes, ...]) -> dict[str, bytes]:
    texts = [envelope.decode("utf-8", "replace") for envelope in envelopes]
    packed = zlib.compress(json.dumps(texts).encode())
    pieces = [packed[at : at + _PART_BYTES] for at in range(0, len(packed), _PART_BYTES)]
    return {"policy": b"%d" % len(pieces), **{f"policy {n}": piece for n, piece in enumerate(pieces)}}
