"""When a sweep has ended, and when another begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
import trio
from wsd_rig import Bench, Responder, about, envelope, hurry, responding, running, settings_of

from tympan.plugin import SweepRequest
from tympan.testing import FakeHost
from tympan_discovery_wsd import _service
from tympan_discovery_wsd._limits import ASKING
from tympan_discovery_wsd._service import WsdService
from tympan_net.device_look import DeviceLook, Silence, look_at

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_a_sweep_has_not_ended_before_all_were_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or who was in view before a restart would be told to have gone, and come back."""
    monkeypatch.setattr(_service, "LOOK_S", 0.0, raising=False)
    monkeypatch.setattr(_service, "METADATA_S", 0.0, raising=False)
    answer, asked = trio.Event(), 0

    async def look(uris: Sequence[str]) -> DeviceLook | Silence:
        nonlocal asked
        asked += 1
        await answer.wait()
        return Silence(why="It is slow.")

    devices = [Responder(address=f"127.0.1.{number}") for number in range(1, 31)]
    async with responding(*devices), running(look) as bench:
        await bench.until(lambda: asked == ASKING)
        await trio.sleep(0.5)  # its time to listen is over
        assert bench.service.standing.swept_at is None
        answer.set()
        await bench.until(lambda: bench.service.standing.swept_at)
        assert len(await bench.service.sightings()) == len(devices)


async def test_a_sweep_ends_though_somebody_never_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_service, "ASKED_S", 0.1)

    async def look(uris: Sequence[str]) -> DeviceLook | Silence:
        await trio.sleep_forever()

    async with responding(Responder(address="127.0.1.1")), running(look) as bench:
        await bench.until(lambda: bench.service.standing.swept_at)


async def test_a_computer_that_slept_sweeps_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock on the wall: the other stood still."""
    monkeypatch.setattr(_service, "INTERFACES_S", 0.02)
    async with running() as bench:
        await bench.until(lambda: bench.service.standing.swept_at)
        assert bench.service._sweep_number == 1
        monkeypatch.setattr(bench.host, "now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(hours=8))
        await bench.until(lambda: bench.service._sweep_number == 2)
        before = bench.service.standing.swept_at
        await bench.until(lambda: bench.service.standing.swept_at != before)
        assert bench.service._sweep_number == 2, "it slept once"


async def test_switched_off_nobody_has_swept_and_what_was_dropped_stays_counted() -> None:
    """Else all would be told to have gone the moment it is on again, before anybody looked."""
    garbage = Responder(address="127.0.1.2", answer=lambda _, usual: (usual, b"<no-message"))
    service, host = WsdService(look_at), FakeHost("discovery_wsd", settings=settings_of())
    async with responding(garbage):
        for number in (1, 2):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(service.run, host)
                await Bench(host, service).until(lambda: service.standing.swept_at)
                nursery.cancel_scope.cancel()
            assert service.standing.swept_at is None
            assert service.standing.dropped >= number
            assert not await service.sightings()


async def test_who_says_bye_while_it_is_asked_is_not_told_of() -> None:
    asked, answer, told = trio.Event(), trio.Event(), list[str]()

    async def look(uris: Sequence[str]) -> DeviceLook | Silence:
        asked.set()
        await answer.wait()
        return Silence(why="It is slow.")

    async def listen(service: WsdService) -> None:
        async for sighting in service.sweep(SweepRequest(duration_s=20)):
            told.append(sighting.key)

    leaving, staying = Responder(address="127.0.1.1"), Responder(address="127.0.1.2")
    async with responding(leaving, staying), running(look) as bench, trio.open_nursery() as nursery:
        nursery.start_soon(listen, bench.service)
        await asked.wait()
        await bench.until(lambda: len(bench.service._view) == 2)
        leaving.answer = lambda *_: ()
        await leaving.say("Bye")
        await bench.until(lambda: len(bench.service._view) == 1)
        answer.set()
        await bench.until(lambda: told)
        await bench.until(lambda: bench.service.standing.swept_at)
        nursery.cancel_scope.cancel()
    assert set(told) == {f"{staying.endpoint} 127.0.1.2"}


async def test_a_hello_with_newer_metadata_has_it_asked_again() -> None:
    device = Responder(address="127.0.1.1")
    async with responding(device), running() as bench:
        await bench.until(lambda: bench.service.standing.swept_at)
        assert [sighting.description.name for sighting in await bench.service.sightings()] == ["Front"]
        device.name = "Back"
        hello = f"{device.wording.discovery}/Hello"
        for version in (1, 2):
            said = about("Hello", device.endpoint, device.types, device.where, version)
            await device.send(envelope(device.wording, hello, said))
        await bench.until(lambda: [one.description.name for one in bench.service._view.sightings()] == ["Back"])
    assert device.fetched == 2, "the same metadata is not asked for again"
