"""What is kept of sightings, whatever strangers call themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest

from tympan.testing import FakeKeyValue
from tympan_hub_sync._limits import SIGHTINGS
from tympan_hub_sync._sighting_book import SightingBook

pytestmark = pytest.mark.anyio
VALUE_BYTES = 1 << 16


async def kept(keys: Iterable[str], state: FakeKeyValue) -> SightingBook:
    book = SightingBook(state, "agent-1", "fake")
    await book.open()
    for key in keys:
        book.note(key, "0123456789abcdef")
    await book.keep()
    assert max(map(len, state.values.values())) < VALUE_BYTES
    again = SightingBook(state, "agent-1", "fake")
    await again.open()
    return again


async def test_another_membership_is_told_anew() -> None:
    state = FakeKeyValue()
    book = SightingBook(state, "agent-1", "fake")
    await book.open()
    book.note("a", "digest")
    await book.keep()
    other, same = SightingBook(state, "other", "fake"), SightingBook(state, "agent-1", "fake")
    await other.open()
    await same.open()
    assert (other.told, same.told) == ({}, {"a": "digest"})


async def test_nobody_can_aim_at_one_bucket() -> None:
    def aimed(key: str) -> bool:
        return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % 16 == 0

    keys = [key for key in (f"urn:uuid:{number:0180d}" for number in range(9000)) if aimed(key)][:400]
    assert len(keys) == 400
    assert set((await kept(keys, FakeKeyValue())).told) == set(keys)
    one, other = FakeKeyValue(), FakeKeyValue()
    await kept(keys, one)
    await kept(keys, other)
    assert {name: len(value) for name, value in one.values.items()} != {
        name: len(value) for name, value in other.values.items()
    }


async def test_what_does_not_fit_is_told_again_and_nothing_fails() -> None:
    keys = [f"{number:04d}" + "\x01" * 196 for number in range(SIGHTINGS)]
    told = set((await kept(keys, FakeKeyValue())).told)
    assert 0 < len(told) < len(keys)
    assert told < set(keys)
