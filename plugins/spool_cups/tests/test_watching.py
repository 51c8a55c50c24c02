"""Queues watched on a real CUPS: what other programs do is seen, at little cost."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import pytest
import trio
from cups_steps import DEADLINE_S
from rig import Cupsd, add_queue, run, wait_until

from tympan.plugin import QueueChange, QueueEvent
from tympan_spool_cups._spooler import CupsSpooler

pytestmark = [pytest.mark.anyio, pytest.mark.system]


class Watcher:
    """Collects what a spooler's watch tells."""

    def __init__(self, spooler: CupsSpooler) -> None:
        self._spooler = spooler
        self.events: list[QueueEvent] = []

    async def run(self) -> None:
        async with aclosing(cast("AsyncGenerator[QueueEvent, None]", self._spooler.watch())) as events:
            async for event in events:
                self.events.append(event)

    async def told(self, name: str, change: QueueChange) -> None:
        async def seen() -> bool:
            return QueueEvent(name=name, change=change) in self.events

        await wait_until(seen, f"{name} {change}", timeout_s=DEADLINE_S)
        self.events.clear()


async def watching(cups: Cupsd, times: int = 1) -> None:
    """Returns when CUPS has granted ``times`` subscriptions in all, so that the first look is at hand."""

    async def subscribed() -> bool:
        return cups.error_log().count("Returning IPP successful-ok for Create-Printer-Subscriptions") >= times

    await wait_until(subscribed, "a subscription", timeout_s=DEADLINE_S)
    looks = cups.error_log().count("Returning IPP successful-ok for Get-Notifications")

    async def looked() -> bool:
        return cups.error_log().count("Returning IPP successful-ok for Get-Notifications") > looks

    await wait_until(looked, "the first question for events", timeout_s=DEADLINE_S)


async def test_watch_sees_what_other_programs_do(cups: Cupsd, spooler: CupsSpooler) -> None:
    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        await run(["lpadmin", "-h", cups.server, "-p", "theirs", "-D", "Other words"])
        await watcher.told("theirs", QueueChange.CHANGED)
        await run(["cupsdisable", "-h", cups.server, "theirs"])
        await watcher.told("theirs", QueueChange.CHANGED)
        await run(["lpadmin", "-h", cups.server, "-x", "theirs"])
        await watcher.told("theirs", QueueChange.REMOVED)
        nursery.cancel_scope.cancel()


async def test_watch_looks_at_all_queues_once_per_event_and_not_when_idle(cups: Cupsd, spooler: CupsSpooler) -> None:
    def count(operation: str) -> int:
        return cups.error_log().count(f" for {operation}")

    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        await watching(cups)
        looks, questions = count("CUPS-Get-Printers"), count("Get-Notifications")

        async def asked() -> bool:
            return count("Get-Notifications") >= questions + 5

        await wait_until(asked, "more questions for events", timeout_s=DEADLINE_S)
        assert count("CUPS-Get-Printers") == looks
        nursery.cancel_scope.cancel()


async def test_watch_goes_on_when_cups_returns_without_the_subscription(cups: Cupsd, spooler: CupsSpooler) -> None:
    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await cups.stop()
        for file in (cups.root / "etc").glob("subscriptions.conf*"):
            file.unlink()
        await cups.start()
        await watching(cups, times=2)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        nursery.cancel_scope.cancel()


async def test_watch_looks_every_time_where_no_subscription_is_granted(cups: Cupsd, spooler: CupsSpooler) -> None:
    conf = cups.root / "etc" / "cupsd.conf"
    await cups.stop()
    conf.write_text(conf.read_text().replace("Browsing No", "Browsing No\nMaxSubscriptions 1"))
    await cups.start()
    watcher, greedy = Watcher(spooler), Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(greedy.run)
        await watching(cups)
        nursery.start_soon(watcher.run)

        async def refused() -> bool:
            return "too-many-subscriptions" in cups.error_log()

        await wait_until(refused, "the refusal", timeout_s=DEADLINE_S)
        looks = cups.error_log().count(" for CUPS-Get-Printers")

        async def looked() -> bool:
            return cups.error_log().count(" for CUPS-Get-Printers") >= looks + 2

        await wait_until(looked, "looks without a subscription", timeout_s=DEADLINE_S)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        nursery.cancel_scope.cancel()
