"""Off means off: UDP 5353 is closed at once, whatever the library's thread is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import trio
from bonjour_stage import QUICK, discovering, street, until

from tympan.testing import FakeHost
from tympan_discovery_bonjour import _ear
from tympan_discovery_bonjour._discoverer import Bonjour
from tympan_discovery_bonjour._inbox import Inbox

pytestmark = pytest.mark.anyio


def holds_5353() -> bool:
    """Whether this process has a socket on the port, by what the kernel says of its files."""
    return any(each.laddr and each.laddr.port == 5353 for each in psutil.Process().net_connections("udp"))


async def test_nothing_is_held_after_it_was_switched_off() -> None:
    assert not holds_5353()
    files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        async with discovering() as bonjour:
            with trio.fail_after(20):
                while not holds_5353():
                    await trio.sleep(0.01)
            assert bonjour.method == "bonjour"
        assert not holds_5353()
    with trio.fail_after(10):
        while any("zeroconf" in thread.name.lower() for thread in threading.enumerate()):
            await trio.sleep(0.02)
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 2


async def test_the_port_is_closed_while_the_librarys_thread_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_ear, "CLOSE_S", 0.2)
    ears: list[_ear.Ear] = []
    opened = _ear._opened

    def remembered(addresses: list[str], inbox: Inbox) -> _ear.Ear:
        ears.append(opened(addresses, inbox))
        return ears[-1]

    monkeypatch.setattr(_ear, "_opened", remembered)
    busy, release = threading.Event(), threading.Event()

    def block() -> None:
        busy.set()
        release.wait(30)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(Bonjour(QUICK).run, FakeHost("discovery_bonjour"))
        with trio.fail_after(20):
            while not ears:
                await trio.sleep(0.01)
        loop = ears[0]._zeroconf.loop
        assert loop is not None
        loop.call_soon_threadsafe(block)
        await trio.to_thread.run_sync(busy.wait)
        assert holds_5353()
        nursery.cancel_scope.cancel()
    try:
        assert not holds_5353()  # the thread still hangs
        assert busy.is_set()
        assert not release.is_set()
    finally:
        release.set()
    with trio.fail_after(20):
        while ears[0]._zeroconf._loop_thread is not None and ears[0]._zeroconf._loop_thread.is_alive():
            await trio.sleep(0.02)
    assert not holds_5353()


async def test_the_view_is_empty_while_it_is_off_and_comes_back() -> None:
    bonjour = Bonjour(QUICK)
    async with street() as here:
        await here.announce(here.info("_ipp._tcp", "Acme", host="acme"))
        for _ in range(2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(bonjour.run, FakeHost("discovery_bonjour"))
                assert len(await until(bonjour, lambda seen: bool(seen), here)) == 1
                nursery.cancel_scope.cancel()
            assert await bonjour.sightings() == ()
            assert bonjour.standing.swept_at is None


async def test_what_was_dropped_stays_counted_over_off_and_on() -> None:
    bonjour = Bonjour(QUICK)
    async with street() as here:
        await here.announce(here.info("_ipp._tcp", "Acme", host="acme", txt={f"k{n}": "x" * 200 for n in range(9)}))
        await _on_until(bonjour, lambda: bool(bonjour.standing.dropped))
    dropped = bonjour.standing.dropped
    await _on_until(bonjour, lambda: bonjour.standing.swept_at is not None)
    assert bonjour.standing.dropped >= dropped


async def _on_until(bonjour: Bonjour, met: Callable[[], bool]) -> None:
    """It is on until something is so: a busy machine may answer no sooner than after a sweep."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bonjour.run, FakeHost("discovery_bonjour"))
        with trio.fail_after(60):
            while not met():
                await bonjour.sightings()
                await trio.sleep(0.02)
        nursery.cancel_scope.cancel()
