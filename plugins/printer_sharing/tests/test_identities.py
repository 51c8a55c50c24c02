"""Which share a queue is: by its device first, by its name among those of one device."""

from __future__ import annotations

import pytest
from sharing_stage import laser

from tympan.plugin import Queue
from tympan.testing import FakeKeyValue
from tympan_printer_sharing import _identities
from tympan_printer_sharing._identities import Identities, assigned

pytestmark = pytest.mark.anyio


def test_two_queues_of_one_device_keep_their_own_shares_by_name() -> None:
    first = assigned([], [laser("colour"), laser("grey")])
    again = assigned(list(first.values()), [laser("grey"), laser("colour")])
    assert again == first
    assert first["colour"].id != first["grey"].id


def test_of_two_queues_of_one_device_the_renamed_one_takes_the_share_that_is_missing() -> None:
    first = assigned([], [laser("colour"), laser("grey")])
    after = assigned(list(first.values()), [laser("colour"), laser("black")])
    assert after["colour"].id == first["colour"].id
    assert after["black"].id == first["grey"].id


def test_another_device_under_an_old_name_is_another_share() -> None:
    first = assigned([], [laser("laser", 1)])
    after = assigned(list(first.values()), [laser("laser", 2)])
    assert after["laser"].id != first["laser"].id


def test_of_an_unknown_device_the_name_is_all_there_is() -> None:
    one, other = Queue(name="one", uri=""), Queue(name="other", uri="")
    first = assigned([], [one])
    after = assigned(list(first.values()), [one, other])
    assert after["one"].id == first["one"].id != after["other"].id


async def test_ids_are_durable_before_they_are_told_and_kept_when_queues_are_gone() -> None:
    state = FakeKeyValue()
    known = Identities(state)
    await known.open()
    first = await known.of([laser("one", 1), laser("two", 2)])
    await known.of([])
    again = Identities(state)
    await again.open()
    assert await again.of([laser("two", 2), laser("new", 1)]) == {"two": first["two"], "new": first["one"]}


async def test_no_address_of_a_device_is_kept() -> None:
    state = FakeKeyValue()
    known = Identities(state)
    await known.open()
    await known.of([laser("one", 1)])
    assert state.values
    assert all(b"acme" not in value for value in state.values.values())


async def test_thousands_of_queues_fit_into_values_and_the_oldest_gone_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_identities, "ENTRIES_MOST", 500)
    state = FakeKeyValue()
    known = Identities(state)
    await known.open()
    old = await known.of([laser(f"old{number}", number) for number in range(400)])
    new = await known.of([laser(f"new{number}" * 20, 1000 + number) for number in range(400)])
    assert max(len(value) for value in state.values.values()) <= 64 * 1024
    again = Identities(state)
    await again.open()
    assert await again.of([laser(f"new{number}" * 20, 1000 + number) for number in range(400)]) == new
    kept = await again.of([laser(f"old{number}", number) for number in range(400)])
    assert sum(kept[name] == old[name] for name in old) == 100


async def test_values_that_cannot_be_read_are_passed_over() -> None:
    state = FakeKeyValue()
    for number, value in enumerate((b"{", b"[1]", b'[["x","y","z"]]', b"\xff")):
        await state.put(f"identities-{number}", value)
    known = Identities(state)
    await known.open()
    assert set(await known.of([laser("one")])) == {"one"}
