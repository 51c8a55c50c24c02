"""The hub's printers print for people who are signed in: held, let go, stopped, remembered, and for how long."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import pytest
import trio
from kernel_rig import PRINTER, QUICK, Rig, ScriptedGate, ScriptedRoute, rig

from tympan._errors import IllegalStep
from tympan._ids import CapabilityKey, PluginId, PrinterId
from tympan._kernel_keys import REQUIRE_SIGN_IN
from tympan._policy import Decision, Scope, Verdict
from tympan._ports import Deferred, Go, Hold, SignedIn
from tympan._presence import REASON, Presence
from tympan._states import JobState
from tympan._store import Store
from tympan._values import PrinterMode

pytestmark = pytest.mark.anyio
ADA = SignedIn(user="ada", person="p1", name="Ada")
KEY = CapabilityKey("agent.require-sign-in")
ON = Decision(key=KEY, on=True, verdict=Verdict.ON)
OFF = Decision(key=KEY, on=False, verdict=Verdict.OFF, scope=Scope.TENANT, document="acme", number=3)
UNREADABLE = Decision(key=KEY, on=False, verdict=Verdict.OFF, scope=Scope.MACHINE, document="machine")


@attrs.define(eq=False)
class World:
    """What the kernel would say, set by the test."""

    decision: Decision = ON
    brought: bool = True
    clock: dt.datetime = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    presence: Presence | None = None

    def made(self, store: Store) -> Presence:
        self.presence = Presence(
            store, self.brought_by, lambda: self.decision, lambda: self.clock, lambda message, **fields: None, QUICK
        )
        return self.presence

    def brought_by(self, printer: PrinterId) -> PluginId | None:
        return PluginId("hub_sync") if self.brought else None

    async def take(self, at: Rig, *people: SignedIn) -> None:
        """The hub says who is signed in."""
        assert self.presence is not None
        if await self.presence.take(people):
            at.dispatcher.people_changed()


async def test_a_job_waits_for_somebody_to_sign_in_and_then_goes_by_itself(tmp_path: Path) -> None:
    world = World()
    async with rig(tmp_path, ScriptedRoute(), presence=world.made) as at:
        job = await at.until(await at.submit(), JobState.HELD)
        assert job.reason == REASON
        last = (await at.book.timeline(job.uuid))[-1]
        assert "nobody who may print is signed in for the account 'ada'" in last.why
        assert "tympan login" in last.then
        with pytest.raises(IllegalStep, match="it stays held: nobody"):
            await at.book.release(job.uuid, by="ada")
        await world.take(at, attrs.evolve(ADA, user="somebody else"))
        await trio.sleep(0.1)
        assert at.book.memory.known(job.uuid).state is JobState.HELD
        await world.take(at, ADA)
        await at.until(job, JobState.COMPLETED)
        whys = [line.why for line in await at.book.timeline(job.uuid)]
        assert "by Ada, who is signed in" in whys


async def test_what_was_let_on_stops_once_its_person_is_gone_and_is_held_over_a_restart(tmp_path: Path) -> None:
    world, away = World(), ScriptedRoute()

    async def defer(_: object) -> Deferred:
        await trio.lowlevel.checkpoint()
        return Deferred(reason="offline-report", detail="the device is away")

    away.on_deliver = defer
    async with rig(tmp_path, away, presence=world.made) as at:
        await world.take(at, ADA)
        job = await at.until(await at.submit(), JobState.WAITING)
        await world.take(at)
        await at.until(job, JobState.HELD)
    route = ScriptedRoute()
    async with rig(tmp_path, route, presence=world.made) as at:
        await trio.sleep(0.1)
        assert at.book.memory.known(job.uuid).state is JobState.HELD
        await world.take(at, ADA)
        await at.until(job, JobState.COMPLETED)


@pytest.mark.parametrize("gated", [False, True])
async def test_signing_in_is_no_release_of_a_pull_printers_job(tmp_path: Path, gated: bool) -> None:
    world, route = World(), ScriptedRoute()
    until = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    gate = ScriptedGate(Hold(reason="job-held-for-release", detail="ask for it", until=until))
    async with rig(tmp_path, route, *([gate] if gated else []), presence=world.made) as at:
        at.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        job = await at.until(await at.submit(), JobState.HELD)
        assert job.reason == REASON
        await world.take(at, ADA)
        with trio.fail_after(10):
            while at.book.memory.known(job.uuid).reason == REASON:
                await trio.sleep(0.005)
        now = at.book.memory.known(job.uuid)
        assert (now.state, now.reason) == (JobState.HELD, "job-held-for-release")
        assert now.retry_at == (until if gated else None)
        assert (await at.book.timeline(job.uuid))[-1].what == "held"
    assert route.delivered == []


async def test_jobs_that_waited_for_somebody_come_out_in_the_order_they_were_printed_in(tmp_path: Path) -> None:
    world, route = World(), ScriptedRoute()
    async with rig(tmp_path, route, presence=world.made) as at:
        jobs = [await at.until(await at.submit(), JobState.HELD) for _ in range(8)]
        await world.take(at, ADA)
        for job in jobs:
            await at.until(job, JobState.COMPLETED)
    assert route.delivered[1:] == sorted(route.delivered[1:])  # the first to be let go is on its way at once


@pytest.mark.parametrize("why", ["policy is off", "a printer of this machine"])
async def test_everybody_prints_where_nobody_is_asked_for(tmp_path: Path, why: str) -> None:
    world = World(decision=OFF) if why == "policy is off" else World(brought=False)
    async with rig(tmp_path, ScriptedRoute(), presence=world.made) as at:
        await at.until(await at.submit(), JobState.COMPLETED)


async def test_switching_the_policy_off_lets_held_jobs_go(tmp_path: Path) -> None:
    world = World()
    async with rig(tmp_path, ScriptedRoute(), presence=world.made) as at:
        job = await at.until(await at.submit(), JobState.HELD)
        world.decision = OFF
        at.dispatcher.people_changed()
        await at.until(job, JobState.COMPLETED)


async def test_people_are_remembered_and_lapse_without_a_word_of_the_hub(tmp_path: Path) -> None:
    world = World()
    async with rig(tmp_path, presence=world.made) as at:
        await world.take(at, ADA)
    async with rig(tmp_path, presence=world.made):
        presence = world.presence
        assert presence is not None
        assert presence.of("ada") == ADA
        world.clock += dt.timedelta(seconds=QUICK.sign_in_offline_s)
        assert presence.refusal("ada", PRINTER.id) == ""
        world.clock += dt.timedelta(seconds=1)
        assert "was not heard of for 14 days" in presence.refusal("ada", PRINTER.id)
        with pytest.raises(IllegalStep, match="nobody is signed in"):
            presence.require_somebody(PRINTER.id)
        await presence.take([ADA])
        presence.require_somebody(PRINTER.id)


def test_a_policy_that_cannot_be_read_asks_for_people() -> None:
    world = World(decision=UNREADABLE)
    assert world.made(None).required  # type: ignore[arg-type]  # nothing is kept here
    assert REQUIRE_SIGN_IN.essential, "and one that has expired does"


async def test_a_job_released_to_a_device_needs_nobody_signed_in_here(tmp_path: Path) -> None:
    world = World()
    hall = attrs.evolve(PRINTER, id=PrinterId("hall"), name="Hall", offered=False, releases=True)
    async with rig(tmp_path, ScriptedRoute(), ScriptedGate(Go()), presence=world.made) as at:
        at.printers.add(hall)
        job = await at.until(await at.submit(), JobState.HELD)
        assert job.reason == REASON
        await at.book.release(job.uuid, by="Ada", to=hall.id)
        await at.until(job, JobState.COMPLETED)


async def test_a_job_taken_in_for_somebody_at_a_device_needs_nobody_signed_in_here(tmp_path: Path) -> None:
    world = World()
    hall = attrs.evolve(PRINTER, id=PrinterId("hall"), name="Hall", offered=False, releases=True)
    async with rig(tmp_path, ScriptedRoute(), presence=world.made) as at:
        at.printers.add(attrs.evolve(PRINTER, mode=PrinterMode.PULL))
        at.printers.add(hall)
        job = await at.until(await at.submit(target=hall.id), JobState.HELD)
        assert (job.reason, job.target) == ("job-held-for-release", None)
