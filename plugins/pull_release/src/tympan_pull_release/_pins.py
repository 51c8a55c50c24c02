"""Pins: the keys of other agents as they were first seen. One that changed gets no envelope, and that is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final

import attrs

from tympan.plugin import KeyValue
from tympan_pull_release._limits import PINS
from tympan_wire.hub import Reader

_KEY: Final = "readers"
_DIGITS: Final = 32
"""Of a key's SHA-256, as hex: 128 bits."""


@attrs.frozen(kw_only=True)
class Trusted:
    """Readers whose key is the one first seen, and the agents whose key is not."""

    readers: tuple[Reader, ...]
    changed: tuple[str, ...]


class Pins:
    """By agent, durable."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._of: dict[str, str] = {}

    async def open(self) -> None:
        """Takes up what an earlier run kept; what cannot be read trusts nobody anew."""
        kept = await self._state.get(_KEY)
        self._of = {str(agent): str(pin) for agent, pin in json.loads(kept).items()} if kept else {}

    async def trusted(self, readers: Iterable[Reader]) -> Trusted:
        """Those to whom a key may be given; new ones are pinned, durably, before that."""
        good: list[Reader] = []
        changed: list[str] = []
        pins = dict(self._of)
        for reader in readers:
            pin = hashlib.sha256(reader.recipient.encode()).hexdigest()[:_DIGITS]
            if pins.setdefault(reader.agent, pin) == pin:
                good.append(reader)
            else:
                changed.append(reader.agent)
        if pins != self._of:
            pins = dict(list(pins.items())[:PINS])
            await self._state.put(_KEY, json.dumps(pins).encode())
            self._of = pins
        return Trusted(readers=tuple(one for one in good if one.agent in self._of), changed=tuple(changed))
