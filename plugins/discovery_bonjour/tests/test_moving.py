"""Networks that change, computers that sleep, floods that last: what a sweep then believes, and whom it asks."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

import attrs
import pytest
import trio
from bonjour_stage import QUICK, discovering, street, until
from zeroconf import NotRunningException

from tympan.testing import FakeHost
from tympan_discovery_bonjour import _discoverer, _ear, _looker, _view
from tympan_discovery_bonjour._announcement import Announcement, ServiceType, Txt
from tympan_discovery_bonjour._discoverer import Bonjour
from tympan_discovery_bonjour._hints import hints
from tympan_discovery_bonjour._inbox import Inbox
from tympan_discovery_bonjour._view import View
from tympan_net.device_look import Silence

pytestmark = pytest.mark.anyio
_HOME, _WORK = ("192.0.2.1",), ("198.51.100.1",)


@attrs.define
class Stage:
    """A computer whose links, clock and sockets a test sets by hand.

    Attributes:
        links: Its addresses.
        slept: How far the clock on the wall is ahead of what was waited.
        deaf: Whether its sockets cannot be opened.
        opened: How often they were.
        moved: What each sweep that ended was told.
        inboxes: What it hears goes there.
    """

    links: tuple[str, ...] = _HOME
    slept: dt.timedelta = dt.timedelta()
    deaf: bool = False
    opened: int = 0
    refused: int = 0
    moved: list[bool] = attrs.field(factory=list)
    inboxes: list[Inbox] = attrs.field(factory=list)
    bonjour: Bonjour = attrs.field(init=False)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.slept

    async def until(self, condition: Callable[[], object]) -> None:
        with trio.fail_after(20):
            while not condition():
                await trio.sleep(0.005)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage()
    end_sweep = View.end_sweep

    @contextlib.asynccontextmanager
    async def listening(links: Sequence[str], inbox: Inbox) -> AsyncIterator[Stage]:
        if made.deaf:
            made.refused += 1
            raise OSError("the network is down")
        made.opened += 1
        made.inboxes.append(inbox)
        yield made

    def ended(view: View, now: dt.datetime, *, moved: bool) -> None:
        made.moved.append(moved)
        end_sweep(view, now, moved=moved)

    monkeypatch.setattr(Stage, "packets", 0, raising=False)
    monkeypatch.setattr(_discoverer, "addresses_of", lambda wanted: made.links)
    monkeypatch.setattr(_discoverer, "listening", listening)
    monkeypatch.setattr(_discoverer, "RETRY_S", 0.02)
    monkeypatch.setattr(_discoverer, "REOPEN_S", 0.02)
    monkeypatch.setattr(View, "end_sweep", ended)
    return made


@contextlib.asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[None]:
    host = FakeHost("discovery_bonjour")
    host.now = stage.now  # type: ignore[method-assign]
    stage.bonjour = Bonjour(attrs.evolve(QUICK, sweep_s=0.1, interfaces_s=0.01))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stage.bonjour.run, host)
        yield
        nursery.cancel_scope.cancel()


def device(host: str = "laser.local", **txt: str) -> Announcement:
    keys = Txt({name.lower(): value for name, value in txt.items()})
    return Announcement(
        type=ServiceType.IPP, instance=host, domain="local", host=host, port=631, addresses=("192.0.2.7",), txt=keys
    )


async def test_another_network_is_remembered_though_opening_fails_there_first(stage: Stage) -> None:
    async with running(stage):
        await stage.until(lambda: stage.moved == [False])
        stage.deaf, stage.links = True, _WORK
        await stage.until(lambda: stage.refused > 1)
        stage.deaf = False
        await stage.until(lambda: len(stage.moved) > 1)
        assert stage.moved == [False, True]


async def test_a_computer_that_slept_sweeps_and_believes_no_one_it_does_not_hear(stage: Stage) -> None:
    async with running(stage):
        await stage.until(lambda: stage.moved == [False])
        stage.slept = dt.timedelta(hours=8)
        await stage.until(lambda: len(stage.moved) > 1)
        assert stage.moved == [False, True]
        await trio.sleep(0.05)
        assert stage.opened == 2, "it slept once"


async def test_a_flood_that_lasts_makes_nobody_ask_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Counter[tuple[str, ...]]()

    async def look_at(uris: Sequence[str], **_: object) -> Silence:
        await trio.lowlevel.checkpoint()
        asked[tuple(uris)] += 1
        return Silence(why="It is asleep.")

    monkeypatch.setattr(_looker, "look_at", look_at)
    async with running(stage):
        await stage.until(lambda: stage.inboxes)
        stage.inboxes[0].put(("_ipp._tcp.local.", "laser"), device())
        await stage.until(lambda: asked)
        for number in range(2, 6):
            stage.inboxes[0].flooded.set()
            await stage.until(lambda number=number: stage.opened == number)  # type: ignore[misc]
        await stage.until(lambda: stage.moved)
        assert set(asked.values()) == {1}
        stage.links = _WORK
        await stage.until(lambda: set(asked.values()) == {2})


async def test_a_sweep_has_not_ended_before_a_slow_device_was_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it would be told to have gone, and come back: what an agent knew before it was started again."""
    answer = trio.Event()

    async def look_at(uris: Sequence[str], **_: object) -> Silence:
        await answer.wait()
        return Silence(why="It is slow.")

    monkeypatch.setattr(_looker, "look_at", look_at)
    async with running(stage):
        await stage.until(lambda: stage.inboxes)
        stage.inboxes[0].put(("_ipp._tcp.local.", "laser"), device())
        await stage.until(lambda: stage.moved)
        await trio.sleep(0.3)  # the news of its end would be out by now
        assert stage.bonjour.standing.swept_at is None
        answer.set()
        await stage.until(lambda: stage.bonjour.standing.swept_at)
        assert len(await stage.bonjour.sightings()) == 1


async def test_a_sweep_ends_though_a_device_never_answers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_at(uris: Sequence[str], **_: object) -> Silence:
        await trio.sleep_forever()

    monkeypatch.setattr(_looker, "look_at", look_at)
    monkeypatch.setattr(_discoverer, "UNASKED_S", 0.2)
    monkeypatch.setattr(_view, "UNASKED_S", 0.2)
    async with running(stage):
        await stage.until(lambda: stage.inboxes)
        stage.inboxes[0].put(("_ipp._tcp.local.", "laser"), device())
        await stage.until(lambda: stage.bonjour.standing.swept_at)
        assert len(await stage.bonjour.sightings()) == 1


async def test_an_odd_answer_harms_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are asked all the same; it is shown by what it announces."""

    async def look_at(uris: Sequence[str], **_: object) -> Silence:
        await trio.lowlevel.checkpoint()
        if "/odd" in uris[0]:
            raise ValueError("nobody foresaw this")
        return Silence(why="It is asleep.")

    monkeypatch.setattr(_looker, "look_at", look_at)
    async with street() as here, discovering() as bonjour:
        await here.announce(
            here.info("_ipp._tcp", "Odd", host="odd", txt={"rp": "odd"}), here.info("_ipp._tcp", "Even", host="even")
        )
        seen = await until(bonjour, lambda seen: len(seen) == 2, here)
        assert {one.detail for one in seen} == {"What it answered cannot be read.", "It is asleep."}


def test_an_odd_announcement_is_dropped_and_not_what_was_heard_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)

    def odd(device: tuple[Announcement, ...]) -> object:
        if device[0].host.startswith("odd"):
            raise ValueError("nobody foresaw this")
        return hints(device)

    monkeypatch.setattr(_view, "hints", odd)
    view = View("here")
    heard = {("_ipp._tcp.local.", name): device(f"{name}.local") for name in ("a", "b", "odd1", "c", "odd2", "d")}
    for _ in range(2):
        view.hear(heard, now)
        assert sorted(seen.device[0].host[0] for seen in view.seen.values()) == ["a", "b", "c", "d"]
    assert view.dropped == 4
    view.hear({("_ipp._tcp.local.", "a"): None}, now)
    assert len(view.seen) == 3


async def test_what_the_library_raises_at_opening_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that has gone since it was listed, for one."""
    refused = 0
    counting = _ear._Counting

    def gone(**given: object) -> _ear._Counting:
        nonlocal refused
        refused += 1
        if refused < 3:
            raise (
                RuntimeError("No adapter found for IP address 192.0.2.1")
                if refused == 1
                else NotRunningException("stopped")
            )
        return counting(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(_ear, "_Counting", gone)
    monkeypatch.setattr(_discoverer, "RETRY_S", 0.01)
    async with street() as here, discovering() as bonjour:
        await here.announce(here.info("_ipp._tcp", "Acme", host="acme"))
        assert await until(bonjour, lambda seen: bool(seen), here)
    assert refused == 3
