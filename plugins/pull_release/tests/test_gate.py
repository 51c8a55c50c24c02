"""The gate: what is held, until when, and what lets it go."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from pull_release_rig import DESK_PRINTER, OWN, POINT, RULES, made, pull, running

from tympan.plugin import Go, Hold, JobState, PrinterId
from tympan_pull_release._permits import Permit
from tympan_pull_release._stopwatch import Stopwatch
from tympan_pull_release._terms import PullSettings

pytestmark = pytest.mark.anyio


async def test_a_job_of_the_pull_queue_is_held_until_it_expires() -> None:
    rig = made()
    job = await rig.print_()
    assert job.state is JobState.HELD
    assert job.reason == "job-held-for-release"
    assert job.retry_at == job.created_at + dt.timedelta(seconds=RULES.hold_s)


async def test_jobs_of_other_printers_are_none_of_its_business() -> None:
    rig = made()
    job = await rig.print_(printer="desk")
    assert job.state is JobState.QUEUED


async def test_nobody_releases_a_job_of_the_hub_without_a_permit() -> None:
    rig = made()
    job = await rig.print_()
    assert isinstance(rig.gate.look(job, pull()), Hold)
    permit = Permit(to=POINT.id, since=Stopwatch.start(rig.host.now), within_s=60)
    rig.permits.give(job.uuid, permit)
    assert isinstance(rig.gate.look(job, pull()), Hold), "it was permitted at a device, and not anywhere"
    released = attrs.evolve(job, state=JobState.QUEUED, target=POINT.id)
    assert rig.gate.look(released, pull()) == Go()
    assert isinstance(rig.gate.look(attrs.evolve(released, target=PrinterId("loft")), pull()), Hold), "another device"
    rig.permits.take_back(job.uuid)
    assert isinstance(rig.gate.look(released, pull()), Hold), "a release taken back prints nothing"


async def test_a_permit_ends_by_itself_also_over_sleep() -> None:
    rig = made()
    job = attrs.evolve(await rig.print_(), target=POINT.id)
    now = rig.host.now()
    since = Stopwatch.start(lambda: now)
    rig.permits.give(job.uuid, Permit(to=POINT.id, since=since, within_s=60))
    assert rig.gate.look(job, pull()) == Go()
    now += dt.timedelta(seconds=61)  # the computer slept: the steady clock stood still
    assert isinstance(rig.gate.look(job, pull()), Hold)
    now -= dt.timedelta(days=1)  # set back: what was void stays so
    assert isinstance(rig.gate.look(job, pull()), Hold)


async def test_a_pull_printer_of_this_machine_lets_go_what_somebody_here_releases() -> None:
    rig = made()
    job = await rig.print_(printer="own")
    assert job.state is JobState.HELD
    assert rig.gate.look(job, OWN) == Go()


async def test_more_jobs_than_an_account_may_have_held_wait_for_others_to_go() -> None:
    rig = made()
    rig.gate.use(rig.host.jobs, PullSettings(), frozenset())
    jobs = [await rig.print_() for _ in range(RULES.jobs_most + 1)]
    assert [job.reason for job in jobs] == ["job-held-for-release"] * RULES.jobs_most + ["account-limit-reached"]
    other = await rig.print_(user="bob")
    assert other.reason == "job-held-for-release"
    permit = Permit(to=POINT.id, since=Stopwatch.start(rig.host.now), within_s=60)
    rig.permits.give(jobs[-1].uuid, permit)
    last = attrs.evolve(jobs[-1], target=POINT.id)
    held = rig.gate.look(last, pull())
    assert isinstance(held, Hold)
    assert held.reason == "account-limit-reached"
    await rig.host.jobs.cancel(jobs[0].uuid, by="ada")
    assert rig.gate.look(last, pull()) == Go()


async def test_more_bytes_than_an_account_may_have_held_wait_too() -> None:
    rig = made()
    rig.gate.use(rig.host.jobs, PullSettings(), frozenset())
    first = await rig.print_(bytes(RULES.bytes_most))
    assert first.reason == "job-held-for-release", "a single big one is held as any other"
    second = await rig.print_(b"x")
    assert second.reason == "account-limit-reached"


async def test_a_job_of_another_agent_needs_a_permit_wherever_it_lies() -> None:
    rig = made()
    job = await rig.print_(printer="desk")
    assert rig.gate.look(job, DESK_PRINTER) == Go()
    rig.gate.use(rig.host.jobs, PullSettings(), {job.uuid, uuid.uuid4()})
    assert isinstance(rig.gate.look(job, DESK_PRINTER), Hold)


async def test_terms_that_cannot_be_read_hold_all_the_same() -> None:
    garbled = attrs.evolve(pull(), terms='{"hold_s": "long"}')
    rig = made(garbled, POINT)
    job = await rig.print_()
    assert job.state is JobState.HELD
    assert isinstance(rig.gate.look(job, garbled), Hold)


@pytest.mark.parametrize("printer", ["pull", "own"])
async def test_what_was_held_while_the_plugin_was_off_expires_as_well(
    printer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = made()
    job = await rig.print_(printer=printer)
    rig.host.jobs.replace(attrs.evolve(job, retry_at=None))  # by the kernel, which knows no end
    mine = attrs.evolve(await rig.print_(printer="own"), retry_at=None, reason="job-hold-until-specified")
    rig.host.jobs.replace(mine)
    monkeypatch.setattr(rig.host, "now", lambda: job.created_at + dt.timedelta(days=2))
    async with running(rig):
        await rig.state(job, JobState.CANCELED)
        assert rig.host.jobs.known(mine.uuid).state is JobState.HELD, "its owner holds it"
