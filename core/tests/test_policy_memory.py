"""What was accepted of policy is kept: of any size, over restarts, and whatever the disk says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from plugin_maker import Maker, making, running

from tympan._errors import BadInput, StoreFull
from tympan._policy import Scope
from tympan._policy_memory import PolicyMemory
from tympan._states import PluginState
from tympan._store import KERNEL, Store

pytestmark = pytest.mark.anyio
KEY = bytes(range(32))


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


async def test_documents_of_every_size_are_recalled(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    await store.open()
    said: list[str] = []
    dice = random.Random(7)
    for sizes in ((250_000, 10), (1,)):  # the larger one needs several values
        kept = tuple(dice.randbytes(size).hex().encode() for size in sizes)
        await PolicyMemory(store, lambda what, **_: said.append(what)).keep(kept)
        assert await PolicyMemory(store, lambda what, **_: said.append(what)).recall() == kept
    await store.close()
    assert said == []


async def test_values_kept_together_are_kept_all_or_none(tmp_path: Path) -> None:
    store = Store(tmp_path, KEY)
    await store.open()
    with pytest.raises(BadInput):
        await store.kv_put_all(KERNEL, {"small": b"x", "large": bytes(70_000)})
    assert await store.kv_get(KERNEL, "small") is None
    await store.close()


async def test_a_policy_of_many_rules_starts_and_its_number_is_remembered(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("loud")
    rules = {f"{n:04d}_{'x' * 90}": "off" for n in range(900)}
    async with running(tmp_path / "home") as bench:
        await bench.policy(scope=Scope.MACHINE, loud="off", **rules)
        await bench.until("loud", PluginState.OFF)
        with trio.fail_after(10):
            while not await bench.agent._policy_memory.recall():
                await trio.sleep(0.01)
    async with running(tmp_path / "home") as bench:
        (document,) = bench.agent.policy.snapshot.documents
        assert (len(document.rules), bench.record("loud").state) == (901, PluginState.OFF)


async def test_a_full_disk_stops_no_start_and_the_policy_is_kept_once_there_is_room(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker.plugin("loud")
    async with running(tmp_path / "home") as bench:
        await bench.policy(loud="off")
        await bench.until("loud", PluginState.OFF)
        document = (tmp_path / "home" / "policy" / "machine.json").read_bytes()
    put, full = Store.kv_put_all, [True]

    async def refuse(self: Store, *arguments: Any) -> None:
        if full[0]:
            raise StoreFull("no space is left")
        await put(self, *arguments)

    monkeypatch.setattr(Store, "kv_put_all", refuse)
    monkeypatch.setattr(PolicyMemory, "recall", _nothing)
    async with running(tmp_path / "home") as bench:
        assert bench.record("loud").state is PluginState.OFF
        full[0] = False
        with trio.fail_after(10):
            while await bench.agent.store.kv_get(KERNEL, "policy") is None:
                await trio.sleep(0.01)
        monkeypatch.undo()
        assert await bench.agent._policy_memory.recall() == (document,)


async def _nothing(self: PolicyMemory) -> tuple[bytes, ...]:
    return ()
