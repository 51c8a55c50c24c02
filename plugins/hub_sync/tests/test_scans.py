"""Scans: ordered, followed, waiting while nobody scans; and the networks this computer is in."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

import attrs
import pytest
import trio
from sync_rig import Sync, made, running

from tympan.plugin import PortsChanged, ScanOrder, ScanProgress, ScanState
from tympan.testing import FakeScanner
from tympan_hub_sync import _observer, _scans
from tympan_hub_sync._networks import networks
from tympan_wire.hub import AgentReport, Desired, ScanReport, ScanStanding, ScanWanted

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scans, "SCAN_TELL_S", 0.01)


def wanted(*names: UUID) -> Desired:
    scans = tuple(ScanWanted(id=name, targets=("10.1.2.0/24",), excluded=("10.1.2.9",), per_second=7) for name in names)
    return Desired(edition=str(uuid4()), scans=scans)


def last(sync: Sync, scan: UUID) -> ScanReport | None:
    return next((found for found in reversed(sync.findings(ScanReport)) if found.scan == scan), None)


def stands(sync: Sync, scan: UUID, standing: ScanStanding) -> ScanReport | None:
    found = last(sync, scan)
    return found if found is not None and found.standing is standing else None


def left(sync: Sync, words: str) -> bool:
    return any(words in entry.payload.decode() for entry in sync.host.outbox.entries.values())


async def test_a_scan_is_ordered_followed_and_stopped() -> None:
    sync, scanner, scan = made(), FakeScanner(), uuid4()
    sync.host.offered.append(scanner)
    async with running(sync):
        await sync.want(wanted(scan))
        await sync.until(lambda: scanner.wanted)
        [order] = scanner.wanted
        assert (order.id, order.targets, order.excluded, order.per_second) == (scan, ("10.1.2.0/24",), ("10.1.2.9",), 7)
        await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING))
        scanner.advance(ScanProgress(id=scan, state=ScanState.RUNNING, probed=9, total=254, found=1))
        told = await sync.until(lambda: stands(sync, scan, ScanStanding.RUNNING))
        assert (told.probed, told.total, told.found) == (9, 254, 1)
        scanner.advance(ScanProgress(id=scan, state=ScanState.DONE, probed=254, total=254, found=3))
        await sync.until(lambda: stands(sync, scan, ScanStanding.DONE))
        await sync.want(wanted())
        await sync.until(lambda: not scanner.wanted)


async def test_progress_has_one_place_in_the_outbox_while_the_hub_is_away() -> None:
    sync, scanner, scan = made(), FakeScanner(), uuid4()
    sync.host.offered.append(scanner)
    async with running(sync):
        await sync.want(wanted(scan))
        await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING) and not sync.host.outbox.entries)
        sync.away = True
        for probed in range(1, 20):
            scanner.advance(ScanProgress(id=scan, state=ScanState.RUNNING, probed=probed, total=254))
            await sync.until(partial(left, sync, f'"probed":{probed},'))
        others = sync.host.outbox.entries.keys() - {"slot agent"}  # which tells of itself now and then
        assert len(others) == 1
        sync.away = False
        told = await sync.until(lambda: stands(sync, scan, ScanStanding.RUNNING))
        assert told.probed == 19


async def test_while_nobody_scans_it_waits_with_the_reason_and_goes_on_after() -> None:
    sync, scanner, scan = made(), FakeScanner(), uuid4()
    off = "discovery.ippscan is off: the policy of the service owner says off"
    row = {
        "id": "discovery_ippscan",
        "version": "1",
        "status": "off",
        "reason": off,
        "capabilities": ["discovery.ippscan"],
    }
    sync.control.answers["plugins"].append(row)
    async with running(sync):
        await sync.want(wanted(scan))
        told = await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING))
        assert "the policy of the service owner says off" in told.detail
        sync.host.offered.append(scanner)
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: scanner.wanted)
        scanner.advance(ScanProgress(id=scan, state=ScanState.RUNNING, probed=9, total=254))
        await sync.until(lambda: stands(sync, scan, ScanStanding.RUNNING))
        sync.host.offered.remove(scanner)
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING))


async def test_without_such_a_plugin_it_says_so() -> None:
    scan = uuid4()
    async with running() as sync:
        await sync.want(wanted(scan))
        told = await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING))
        assert "no plugin" in told.detail


async def test_a_scanner_that_fails_harms_nobody_else_and_is_told() -> None:
    class Broken(FakeScanner):
        async def want(self, scans: object) -> None:
            await trio.lowlevel.checkpoint()
            raise RuntimeError("broken")

    sync, scan = made(), uuid4()
    sync.host.offered.append(Broken())
    async with running(sync):
        await sync.want(wanted(scan))
        told = await sync.until(lambda: stands(sync, scan, ScanStanding.WAITING))
        assert "broken" in told.detail
        await sync.want(attrs.evolve(wanted(), edition="after"))


async def test_a_scanner_that_failed_once_is_asked_again_without_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scans, "SCANS_FAILED_S", 0.01)

    class Broken(FakeScanner):
        failures = 2

        async def want(self, scans: Sequence[ScanOrder]) -> None:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("broken")
            await super().want(scans)

    sync, scanner, scan = made(), Broken(), uuid4()
    sync.host.offered.append(scanner)
    async with running(sync):
        await sync.want(wanted(scan))
        await sync.until(lambda: scanner.wanted)


async def test_a_scanner_that_breaks_as_the_agent_leaves_the_hub_takes_nobody_along() -> None:
    waits = trio.Event()

    class Breaking(FakeScanner):
        async def wait_changed(self) -> None:
            waits.set()
            try:
                await super().wait_changed()
            finally:
                raise RuntimeError("its service is gone")

    sync, scanner, scan = made(), Breaking(), uuid4()
    sync.host.offered.append(scanner)
    async with running(sync):
        await sync.want(wanted(scan))
        await waits.wait()
        sync.membership.become(None)
        await sync.until(lambda: any(line == "scans failed" for line, _ in sync.host.logged))
        await sync.until(lambda: not scanner.wanted)


async def test_who_leaves_the_hub_scans_nothing_for_it() -> None:
    sync, scanner, scan = made(), FakeScanner(), uuid4()
    sync.host.offered.append(scanner)
    async with running(sync):
        await sync.want(wanted(scan))
        await sync.until(lambda: scanner.wanted)
        sync.membership.become(None)
        await sync.until(lambda: not scanner.wanted)


async def test_networks_are_told_and_told_again_when_they_change(monkeypatch: pytest.MonkeyPatch) -> None:
    now = ["10.1.2.0/24"]
    monkeypatch.setattr(_observer, "networks", lambda: tuple(now))
    monkeypatch.setattr(_observer, "NETWORKS_LOOK_S", 0.01)
    async with running() as sync:
        await sync.until(lambda: sync.findings(AgentReport))
        assert sync.findings(AgentReport)[-1].networks == ("10.1.2.0/24",)
        now.append("10.9.0.0/16")
        await sync.until(lambda: sync.findings(AgentReport)[-1].networks == ("10.1.2.0/24", "10.9.0.0/16"))


async def test_a_system_that_is_slow_to_tell_its_networks_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def slow() -> tuple[str, ...]:
        threads.append(threading.current_thread())
        return ()

    monkeypatch.setattr(_observer, "networks", slow)
    async with running() as sync:
        await sync.until(lambda: sync.findings(AgentReport))
    assert threads and threading.current_thread() not in threads


def test_the_own_networks_are_networks_of_others_too() -> None:
    for text in networks():
        network = ipaddress.ip_network(text)
        assert not network.is_loopback and not network.is_link_local and network.num_addresses > 1
