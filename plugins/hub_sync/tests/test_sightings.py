"""Devices in view, told as differences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import attrs
import pytest
import trio
from sync_rig import QUICK, Sync, made, running

from tympan.plugin import PortsChanged, Sighting, SweepStanding
from tympan.testing import FakeDiscoverer
from tympan_hub_sync import _findings, _sightings
from tympan_wire.device import Description
from tympan_wire.hub import Desired, SightingReport, SweepReport, TellAgain

pytestmark = pytest.mark.anyio
AT = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sightings, "SIGHTINGS_EVERY_S", 0.01)
    monkeypatch.setattr(_sightings, "SIGHTING_AGAIN_S", 0.01)
    monkeypatch.setattr(_sightings, "SIGHTINGS_FAILED_S", 0.01)
    monkeypatch.setattr(_findings, "OUTBOX_LATER_S", 0.01)


def device(key: str, name: str = "Laser", at: dt.datetime = AT) -> Sighting:
    return Sighting(method="fake", key=key, seen_at=at, uri=f"ipp://{key}/", description=Description(name=name))


def swept(minute: int = 0, dropped: int = 0) -> SweepStanding:
    return SweepStanding(swept_at=AT + dt.timedelta(minutes=minute), took_s=1.5, packets=7, dropped=dropped)


def told(sync: Sync) -> list[tuple[str, str, bool]]:
    return [(one.key, one.description.name, one.in_view) for one in sync.findings(SightingReport)]


async def until_swept(sync: Sync, sweeps: int) -> SweepReport:
    await sync.until(lambda: len(sync.findings(SweepReport)) >= sweeps)
    return sync.findings(SweepReport)[-1]  # type: ignore[no-any-return]


async def test_tells_what_is_new_what_changed_and_what_went_and_each_sweep() -> None:
    port = FakeDiscoverer()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        port.change(device("a"), device("b"), standing=swept())
        sweep = await until_swept(sync, 1)
        assert (sweep.in_view, sweep.took_ms, sweep.packets, sweep.at) == (2, 1500, 7, AT)
        assert told(sync) == [("a", "Laser", True), ("b", "Laser", True)]
        later = AT + dt.timedelta(hours=1)
        port.change(device("a", at=later), device("b", "Other", at=later), standing=swept(60))
        await until_swept(sync, 2)
        await sync.until(lambda: told(sync)[2:] == [("b", "Other", True)])
        port.change(device("a"), standing=swept(120, dropped=3))
        sweep = await until_swept(sync, 3)
        assert (sweep.in_view, sweep.dropped) == (1, 3)
        assert told(sync)[3:] == [("b", "", False)]


async def test_a_restart_tells_nothing_twice_and_nobody_gone_before_its_first_sweep() -> None:
    port = FakeDiscoverer([device("a"), device("b")])
    port.standing = swept()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        await until_swept(sync, 1)
    again = FakeDiscoverer([device("a")])
    sync.host.offered[-1] = again
    async with running(sync):
        await sync.until(lambda: again._changed.is_set() is False)
        again.change(device("a"), device("c"))
        await sync.until(lambda: len(told(sync)) == 3)
        again.change(device("a"), device("c"), standing=swept(5))
        await until_swept(sync, 2)
        assert told(sync)[2:] == [("c", "Laser", True), ("b", "", False)]


async def test_a_discovery_that_is_switched_off_says_nothing_more() -> None:
    port = FakeDiscoverer([device("a")])
    port.standing = swept()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        await until_swept(sync, 1)
        sync.host.offered.remove(port)
        sync.host.bus.publish(PortsChanged())
        await trio.testing.wait_all_tasks_blocked(0.05)
        port.change(standing=swept(9))
        back = FakeDiscoverer([device("z")])
        back.standing = swept(10)
        sync.host.offered.append(back)
        sync.host.bus.publish(PortsChanged())
        await until_swept(sync, 2)
        assert {one[0] for one in told(sync) if one[2]} == {"a", "z"}
        assert len(sync.findings(SweepReport)) == 2


async def test_many_at_once_are_paced_and_bounded() -> None:
    port = FakeDiscoverer([device(f"k{number}") for number in range(2500)])
    port.standing = swept()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        sweep = await until_swept(sync, 1)
    assert sweep.in_view == 2000
    assert len({one[0] for one in told(sync)}) == 2000
    kept = [value for name, value in sync.host.state.values.items() if name.startswith("sightings")]
    assert max(map(len, kept)) < 1 << 16


async def test_all_is_told_once_more_when_the_hub_wishes_and_once_a_wish() -> None:
    port = FakeDiscoverer([device("a"), device("b")])
    port.standing = swept()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        await until_swept(sync, 1)
        await sync.want(Desired(edition="1", again=(TellAgain(method="other", number=1),)))
        await sync.want(Desired(edition="2", again=(TellAgain(method="fake", number=1),)))
        await sync.until(lambda: len(told(sync)) == 4)
        await sync.want(Desired(edition="3", again=(TellAgain(method="fake", number=1),)))
        port.change(device("a"), device("b"), standing=swept(1))
        await until_swept(sync, 2)
        assert len(told(sync)) == 4
    async with running(sync):
        port.change(device("a"), device("b"), standing=swept(2))
        await until_swept(sync, 3)
        assert len(told(sync)) == 4
        await sync.want(Desired(edition="4", again=(TellAgain(method="fake", number=2),)))
        await sync.until(lambda: len(told(sync)) == 6)


async def test_devices_in_view_leave_room_for_all_else_in_the_outbox_and_wait() -> None:
    port = FakeDiscoverer([device(f"k{number}") for number in range(9)])
    port.standing = swept()
    sync = made()
    sync.host.offered.append(port)
    sync.away, sync.host.outbox.room_yielding = True, 5
    async with running(sync):
        await sync.until(lambda: len(sync.host.outbox.entries) >= 5 and "slot agent" in sync.host.outbox.entries)
        await sync.until(lambda: any("no room for more devices" in line for line, _ in sync.host.logged))
        assert len([slot for slot in sync.host.outbox.entries if slot.startswith("slot sighting")]) <= 5
        sync.away = False
        await until_swept(sync, 1)
    assert {one[0] for one in told(sync)} == {f"k{number}" for number in range(9)}


async def test_a_discovery_that_fails_harms_nobody_else_and_is_asked_again() -> None:
    class Broken(FakeDiscoverer):
        failures = 3

        async def sightings(self) -> Sequence[Sighting]:
            if self.failures:
                self.failures -= 1
                raise RuntimeError("broken")
            return await super().sightings()

    broken, sound = Broken([device("a")]), FakeDiscoverer([attrs.evolve(device("b"), method="sound")], "sound")
    broken.standing = sound.standing = swept()
    sync = made()
    sync.host.offered += [broken, sound]
    async with running(sync):
        await until_swept(sync, 2)
    assert sorted(told(sync)) == [("a", "Laser", True), ("b", "Laser", True)]
    assert broken.failures == 0


async def test_one_that_breaks_as_it_is_switched_off_takes_nobody_along() -> None:
    class Breaking(FakeDiscoverer):
        async def wait_changed(self) -> None:
            try:
                await super().wait_changed()
            finally:
                raise RuntimeError("its service is gone")

    breaking, sound = Breaking([device("a")]), FakeDiscoverer([attrs.evolve(device("b"), method="sound")], "sound")
    breaking.standing = sound.standing = swept()
    sync = made()
    sync.host.offered += [breaking, sound]
    async with running(sync):
        await until_swept(sync, 2)
        sync.host.offered.remove(breaking)
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: any(line == "a discovery failed" for line, _ in sync.host.logged))
        sound.change(attrs.evolve(device("c"), method="sound"), standing=swept(5))
        await until_swept(sync, 3)


async def test_one_that_does_not_even_say_its_method_is_passed_over() -> None:
    class Nameless(FakeDiscoverer):
        asked = 0

        def __getattribute__(self, name: str) -> object:
            if name != "method":
                return super().__getattribute__(name)
            type(self).asked += 1
            if type(self).asked > 1:  # once while it is made sure that it is one
                raise RuntimeError("its service is gone")
            return "nameless"

    sound = FakeDiscoverer([device("b")])
    sound.standing = swept()
    sync = made()
    sync.host.offered += [Nameless(), sound]
    async with running(sync):
        await until_swept(sync, 1)
    assert told(sync) == [("b", "Laser", True)]


async def test_a_device_that_cannot_be_told_is_counted_and_the_others_are_told() -> None:
    port = FakeDiscoverer([device("a"), attrs.evolve(device("b"), host=None), device("c")])  # type: ignore[arg-type]
    port.standing = swept(dropped=2)
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        sweep = await until_swept(sync, 1)
    assert sorted(told(sync)) == [("a", "Laser", True), ("c", "Laser", True)]
    assert (sweep.in_view, sweep.dropped) == (2, 3)


async def test_what_somebody_else_looked_at_first_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sightings, "SIGHTINGS_LOOK_S", 0.01)
    port = FakeDiscoverer()
    sync = made()
    sync.host.offered.append(port)
    async with running(sync):
        port.change(device("a"), standing=swept())
        await port.sightings()
        await until_swept(sync, 1)


async def test_texts_are_bounded() -> None:
    long = attrs.evolve(device("a", "x" * 900), services=("ipp://" + "y" * 600,) * 3, uri="ipp://" + "z" * 600)
    made_of = _sightings.sighting_report(long)
    assert len(made_of.description.name) == 500
    assert (made_of.services, made_of.uri) == ((), "")
    assert QUICK.settle_s < 1
