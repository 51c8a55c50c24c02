"""What a hub wishes of a machine: ring, pause, pin, window and versions that it stopped."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_rig import Machine, Workshop
from service_rig import SETTINGS, Agent, Hub, linked, service

from tympan.testing import FakeHost
from tympan_updater._hub import Told, ask
from tympan_updater._order import Order
from tympan_updater._service import Looks
from tympan_updater._wellbeing import Wellbeing
from tympan_wire.hub import Ring, StoppedVersion, UpdateStep, UpdatesWanted, UpdateWindow
from tympan_wire.updates import Version

pytestmark = pytest.mark.anyio


async def test_a_hub_says_ring_pause_pin_and_window(workshop: Workshop, desk: Machine) -> None:
    workshop.version("1.2.0")
    workshop.name("1.1.0")
    workshop.name("1.2.0", "canary")
    hub = Hub(wish=UpdatesWanted(ring=Ring.ALL, paused=True))
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        assert "updates are paused" in await running.noted("1.1.0 is here")
        hub.wish = UpdatesWanted(ring=Ring.CANARY, paused=True)
        running.look_again()
        await running.noted("1.2.0 is here")
        hub.wish = UpdatesWanted(ring=Ring.CANARY, pin="1.1.0", paused=True)
        running.look_again()
        await running.noted("1.1.0 is here")
        closed = (dt.datetime.now().astimezone() + dt.timedelta(hours=12)).hour * 60
        hub.wish = UpdatesWanted(ring=Ring.ALL, window=UpdateWindow(begin_min=closed, end_min=closed + 59))
        running.look_again()
        await running.noted("waits for its time")
        hub.wish = UpdatesWanted(ring=Ring.UNKNOWN)
        running.look_again()
        await running.noted("a ring that this version does not know")
        assert running.order() is None


@pytest.mark.parametrize(("said", "meant"), [(0, 10.0), (-5, 10.0), (3600, 3600.0), (10**15, 604_800.0)])
async def test_attack_a_hub_has_no_machine_look_all_the_time_or_never(said: int, meant: float) -> None:
    hub = Hub(wish=UpdatesWanted(every_s=said, spread_s=said))
    wanted = await ask(FakeHost("updater", settings=SETTINGS, ports=(linked(hub),)), Told(installed="1.0.0"))
    assert wanted is not None
    assert wanted.every_s == meant
    assert 0 <= wanted.spread_s <= 604_800


async def test_a_version_that_the_hub_stopped_is_not_ordered_and_the_order_names_it(
    workshop: Workshop, desk: Machine
) -> None:
    hub = Hub(wish=UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),)))
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("is stopped")
        assert running.order() is None
        hub.wish = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.0.5"),))
        running.look_again()
        await running.noted("ordered")
        assert running.order() == Order(channel="all", leave=frozenset({("", Version("1.0.5"))}))


async def test_the_hub_is_asked_afresh_right_before_the_order(workshop: Workshop, desk: Machine) -> None:
    hub = Hub()

    def stop() -> None:
        hub.wish = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),))

    hub.then = stop
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("changed its mind")
        assert running.order() is None
    first, second, *_ = hub.told
    assert first.updates == ()
    assert [(told.version, told.step) for told in second.updates] == [("1.1.0", UpdateStep.SWITCHING)]


@pytest.mark.parametrize(("paused", "at_most"), [(False, 2 * 3600.0 + 60.0), (True, 900.0)])
async def test_a_version_that_waits_is_looked_at_again_when_its_window_opens(
    workshop: Workshop, desk: Machine, paused: bool, at_most: float
) -> None:
    opens = (dt.datetime.now().astimezone() + dt.timedelta(hours=2)).replace(second=0)
    begin = opens.hour * 60 + opens.minute
    wish = UpdatesWanted(
        paused=paused, window=UpdateWindow(begin_min=begin, end_min=(begin + 60) % 1440), every_s=80_000, spread_s=600
    )
    host = FakeHost(
        "updater",
        settings={**SETTINGS, "repository": str(workshop.public)},
        ports=[linked(Hub(wish=wish))],
        control=Agent(),
    )
    folder = await host.folder()
    looks = Looks(host, desk.place, folder, lambda place: None, Wellbeing(folder, 0.0))
    assert await looks.once() <= at_most
    assert "updates are paused" in host.noted if paused else "waits for its time" in host.noted
