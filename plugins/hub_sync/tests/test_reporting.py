"""What the hub is told: whole, once, in order, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import functools
import uuid

import attrs
import pytest
import trio
import trio.testing
from sync_rig import FRONT, MEMBER, QUICK, Away, Sync, made, running

from tympan.plugin import (
    DeviceSnapshot,
    Job,
    JobChanged,
    JobRecord,
    JobState,
    JobStep,
    NewJob,
    PrinterReach,
    Statistics,
    TimelineEntry,
    printer_id,
)
from tympan_hub_sync import _findings, _teller
from tympan_hub_sync._limits import TEXT_CHARS
from tympan_hub_sync._model import SyncSettings
from tympan_hub_sync._reports import entry_id, job_report, report
from tympan_wire.hub import (
    MESSAGE_BYTES,
    AgentReport,
    Desired,
    DeviceReport,
    JobReport,
    JobStanding,
    Operation,
    PrinterWanted,
    ReportBatch,
    encode,
)
from tympan_wire.ipp import Group, GroupTag, Message, attr
from tympan_wire.ipp import encode as encode_ipp

pytestmark = pytest.mark.anyio
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


async def printed(sync: Sync, name: str = "Salary.pdf") -> Job:
    """A job that goes its way."""
    jobs = sync.host.jobs
    intake = jobs.open(NewJob(printer=FRONT.id, name=name, user="ada"))
    await intake.write(b"page")
    job = await intake.commit()
    jobs.replace(attrs.evolve(jobs.known(job.uuid), statistics=Statistics(format="application/pdf", pages=3)))
    for step in (JobStep.CLAIM, JobStep.SENT, JobStep.COMPLETE):
        job = jobs.step(jobs.known(job.uuid), step)
    return job


def last(sync: Sync, job: Job) -> JobReport | None:
    return next((found for found in reversed(sync.findings(JobReport)) if found.job == job.uuid), None)


def ended(sync: Sync, job: Job) -> bool:
    found = last(sync, job)
    return found is not None and found.standing is JobStanding.COMPLETED


def shows(sync: Sync, job: Job, page: int, reason: str) -> bool:
    found = last(sync, job)
    return found is not None and (found.impressions_completed, found.reason) == (page, reason)


async def test_a_held_job_is_told_with_its_end_and_a_released_one_with_where_it_comes_out() -> None:
    hall = printer_id("hall")
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        jobs = sync.host.jobs
        sync.host.printers.add(attrs.evolve(FRONT, id=hall, releases=True))
        intake = jobs.open(NewJob(printer=FRONT.id, hold="indefinite"))
        job = await intake.commit()
        jobs.replace(attrs.evolve(jobs.known(job.uuid), retry_at=NOW))
        sync.host.bus.publish(JobChanged(job=job.uuid, printer=FRONT.id, state=JobState.HELD))
        held = await sync.until(lambda: last(sync, job))
        assert (held.standing, held.held_until, held.target) == (JobStanding.HELD, NOW, "")
        await jobs.release(job.uuid, by="ada", to=hall)
        await sync.until(lambda: last(sync, job).standing is JobStanding.QUEUED)  # type: ignore[union-attr]
        told = last(sync, job)
        assert told is not None
        assert (told.held_until, told.target) == (None, "hall")


async def test_a_job_is_told_with_its_pages_and_its_whole_story() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job))
        found = last(sync, job)
        assert found is not None
        assert (found.name, found.user, found.printer) == ("Salary.pdf", "ada", "front")
        assert found.pages is not None
        assert found.pages.pages == 3
        assert [line.what for line in found.story] == ["accept", "queue", "claim", "sent", "complete"]
        assert found.ended_at is not None
        await sync.until(lambda: not sync.host.outbox.entries)


@pytest.mark.parametrize("shared", [True, False], ids=["from-elsewhere", "through-the-hub"])
async def test_a_job_that_somebody_elsewhere_waits_for_is_told_without_waiting_for_more(shared: bool) -> None:
    async with running(made(SyncSettings(settle_s=3_600.0, poll_s=3_600.0))) as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        reach = PrinterReach.DIRECT if shared else PrinterReach.TUNNEL
        sync.host.printers.add(attrs.evolve(FRONT, reach=reach))
        intake = sync.host.jobs.open(NewJob(printer=FRONT.id, name="Salary.pdf", user="ada", shared=shared))
        job = await intake.commit()
        for step in (JobStep.CLAIM, JobStep.SENT, JobStep.COMPLETE):
            job = sync.host.jobs.step(sync.host.jobs.known(job.uuid), step)
        await sync.until(lambda: ended(sync, job))


async def test_a_job_that_prints_is_told_with_its_page_and_with_what_stops_it() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        jobs = sync.host.jobs
        intake = jobs.open(NewJob(printer=FRONT.id))
        job = await intake.commit()
        for step in (JobStep.CLAIM, JobStep.SENT):
            jobs.step(jobs.known(job.uuid), step)
        await sync.until(lambda: (found := last(sync, job)) and found.standing is JobStanding.PRINTING)
        for page, reason in ((2, "none"), (2, "media-empty-error"), (2, "none"), (7, "none")):
            jobs.replace(attrs.evolve(jobs.known(job.uuid), impressions_completed=page, reason=reason))
            sync.host.bus.publish(JobChanged(job=job.uuid, printer=FRONT.id, state=JobState.PRINTING))
            await sync.until(functools.partial(shows, sync, job, page, reason))
        await sync.until(lambda: not sync.host.outbox.entries)
        told = len(sync.batches)
        sync.host.bus.publish(JobChanged(job=job.uuid, printer=FRONT.id, state=JobState.PRINTING))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert len(sync.batches) == told, "nothing new, nothing told"


async def test_titles_stay_here_where_the_setting_says_so() -> None:
    async with running(made(attrs.evolve(QUICK, titles=False))) as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job))
        assert b"Salary" not in b"".join(payload for _, payload in sync.link.requests)


async def test_after_a_long_absence_every_job_is_told_once_as_it_ended() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.reports)
        sync.reports.clear()
        sync.away = True
        jobs = [await printed(sync, f"{number}") for number in range(300)]
        waiting = [entry for entry in sync.host.outbox.entries.values() if entry.job]
        assert len(waiting) == 300, "one entry a job, however often it changed"
        sync.away = False
        await sync.until(lambda: all(ended(sync, job) for job in jobs[-1:]) and not sync.host.outbox.entries)
        told = sync.findings(JobReport)
        assert [found.job for found in told] == [job.uuid for job in jobs], "each once, in their order"
        assert [len(batch.reports) for batch in sync.batches[-2:]] == [200, 100]


async def test_a_lost_receipt_sends_the_same_ids_again_and_nothing_is_counted_twice() -> None:
    sync = made()
    sync.lose = 3
    async with running(sync):
        await sync.until(lambda: sync.host.outbox.watched)
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job) and not sync.host.outbox.entries)
    by_revision: dict[int, set[uuid.UUID]] = {}
    for batch in sync.batches:
        for sent in batch.reports:
            if isinstance(sent.finding, JobReport):
                by_revision.setdefault(sent.finding.revision, set()).add(sent.id)
    assert all(len(ids) == 1 for ids in by_revision.values())
    assert len(sync.batches) >= 4


async def more(sync: Sync) -> None:
    seen = len(sync.findings(JobReport))
    await sync.until(lambda: len(sync.findings(JobReport)) > seen)


async def test_revisions_grow_and_the_last_is_the_end() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        intake = sync.host.jobs.open(NewJob(printer=FRONT.id))
        await intake.write(b"page")
        job = await intake.commit()
        await sync.until(lambda: last(sync, job))
        for step in (JobStep.CLAIM, JobStep.SENT, JobStep.COMPLETE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(more, sync)
                await trio.lowlevel.checkpoint()
                sync.host.jobs.step(sync.host.jobs.known(job.uuid), step)
        revisions = [found.revision for found in sync.findings(JobReport)]
        assert revisions == sorted(set(revisions))
        assert ended(sync, job)


async def test_garbage_for_a_receipt_loses_nothing() -> None:
    sync = made()
    sync.garbage = 4
    async with running(sync):
        await sync.until(lambda: sync.host.outbox.watched)
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job) and not sync.host.outbox.entries)


async def test_a_refused_report_is_forgotten_and_said_and_the_rest_is_taken() -> None:
    sync = made()
    sync.refuse = "agent"
    async with running(sync):
        await sync.until(lambda: sync.host.outbox.watched)
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job) and not sync.host.outbox.entries)
    assert sync.findings(AgentReport) == []
    assert ("the hub refuses a report for good", "no such kind") in [
        (line, fields.get("why")) for line, fields in sync.host.logged
    ]


async def test_a_hub_that_acknowledges_nothing_is_asked_again() -> None:
    sync = made()
    answers = [b"{}", b'{"taken": ["00000000-0000-0000-0000-000000000000"]}']
    reports = sync.link.answers["reports"]
    sync.link.answers["reports"] = lambda payload: answers.pop() if answers else reports(payload)
    async with running(sync):
        await sync.until(lambda: sync.findings(AgentReport) and not sync.host.outbox.entries)


async def test_what_waits_goes_out_as_soon_as_the_hub_is_heard_again() -> None:
    sync = made()
    tries: list[bytes] = []
    taken = sync.link.answers["reports"]

    def lost(payload: bytes) -> bytes:
        tries.append(payload)
        raise Away("the hub is away")

    sync.link.answers["reports"] = lost
    async with running(sync, first_s=1e6, last_s=1e6):  # by waiting alone nobody sees it again
        await sync.until(lambda: tries)
        sync.link.answers["reports"] = taken
        await sync.notices.push("desired")
        await sync.until(lambda: sync.findings(AgentReport) and not sync.host.outbox.entries)


async def test_what_waits_goes_out_after_a_restart() -> None:
    sync = made()
    async with running(sync):
        await sync.until(lambda: sync.findings(AgentReport))
        sync.away = True
        job = await printed(sync)
    sync.away = False
    async with running(sync):
        await sync.until(lambda: ended(sync, job))


async def test_the_agent_tells_of_itself_when_something_changed() -> None:
    async with running() as sync:
        [first] = await sync.until(lambda: sync.findings(AgentReport))
        assert [plugin.id for plugin in first.plugins] == ["p"]
        sync.host.printers.add(attrs.evolve(FRONT, name="Renamed"))
        sync.control.answers["status"]["problems"] = ["the policy was refused"]
        sync.host.printers.add(attrs.evolve(FRONT, name="Again"))
        await sync.until(lambda: sync.findings(AgentReport)[-1].problems == ("the policy was refused",))
        assert len(sync.findings(AgentReport)) == 2


async def test_a_device_of_the_hub_is_told_as_it_was_seen_and_no_other() -> None:
    wanted = PrinterWanted(id="front", name="Front", uri=FRONT.uri)
    group = Group(
        GroupTag.PRINTER,
        (
            attr.text("printer-make-and-model", "Laser 9"),
            attr.boolean("color-supported", False),
            attr.keyword("sides-supported", "one-sided", "two-sided-long-edge"),
            attr.keyword("media-supported", "iso_a4_210x297mm"),
        ),
    )
    seen = encode_ipp(Message((2, 0), 0, 1, (Group(GroupTag.OPERATION), group)))
    sync = made()
    sync.desired = Desired(edition="1", printers=(wanted,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        snapshot = DeviceSnapshot(reachable=True, observed_at=NOW, attributes=seen, media_types=("application/pdf",))
        sync.host.printers.observe(printer_id("local"), snapshot)
        sync.host.printers.observe(FRONT.id, snapshot)
        [found] = await sync.until(lambda: sync.findings(DeviceReport))
        assert (found.printer, found.make_and_model, found.color, found.duplex) == ("front", "Laser 9", False, True)
        assert (found.formats, found.media) == (("application/pdf",), ("iso_a4_210x297mm",))


async def test_a_device_that_looks_as_before_is_not_told_again() -> None:
    sync = made()
    sync.desired = Desired(edition="1", printers=(PrinterWanted(id="front", name="Front", uri=FRONT.uri),))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        sync.host.printers.observe(FRONT.id, DeviceSnapshot(reachable=True, observed_at=NOW))
        await sync.until(lambda: sync.findings(DeviceReport))
        sync.host.printers.add(attrs.evolve(FRONT, name="Renamed"))
        sync.control.answers["status"]["problems"] = ["looked at again"]
        await sync.until(lambda: sync.findings(AgentReport)[-1].problems == ("looked at again",))
        sync.host.printers.observe(FRONT.id, DeviceSnapshot(reachable=False, observed_at=NOW))
        await sync.until(lambda: not sync.findings(DeviceReport)[-1].reachable)
        assert [found.reachable for found in sync.findings(DeviceReport)] == [True, False]


async def test_leaving_forgets_what_waits_and_joining_again_watches_anew() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        sync.away = True
        await printed(sync)
        sync.membership.become(None)
        await sync.until(lambda: not sync.host.outbox.watched)
        assert sync.host.outbox.entries == {}
        assert "not enrolled" in sync.host.noted
        await printed(sync)
        assert sync.host.outbox.entries == {}
        sync.away = False
        sync.membership.become(MEMBER)
        job = await sync_job(sync)
        await sync.until(lambda: ended(sync, job))


async def sync_job(sync: Sync) -> Job:
    await sync.until(lambda: sync.host.outbox.watched)
    return await printed(sync)


async def test_trouble_with_the_hub_changes_nothing_of_the_exchange() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.host.outbox.watched)
        sync.membership.become(attrs.evolve(MEMBER, trouble="the hub is away"))
        job = await printed(sync)
        await sync.until(lambda: ended(sync, job))
        operations = [operation for operation, _ in sync.link.requests]
        assert operations.count(Operation.DESIRED) == 1, "an exchange that begins anew asks anew"


# ---------------------------------------------------------------------------------------------- bounds


def huge(lines: int) -> JobRecord:
    """A job whose every text is as long as the kernel lets it be."""
    text = "\ud800\U0001f5a8" * 512
    story = tuple(TimelineEntry(at=NOW, what=text, why=text, then=text, state=JobState.WAITING) for _ in range(lines))
    statistics = Statistics(format=text, pages=9, sizes=(text,) * 5000, color_pages=tuple(range(9)), problem=text)
    job = Job(
        uuid=uuid.UUID(int=1), number=1, printer=FRONT.id, created_at=NOW, name=text, user=text, detail=text,
        reason=text, state=JobState.WAITING, statistics=statistics,
    )  # fmt: skip
    return JobRecord(job=job, timeline=story)


def test_the_largest_report_fits_a_message() -> None:
    made_of = report(job_report(huge(10_000), None, 2**62, titles=True), NOW)
    size = len(encode(ReportBatch(reports=(made_of,))))
    assert size < MESSAGE_BYTES
    assert len(made_of.finding.name) == TEXT_CHARS  # type: ignore[union-attr]


async def test_a_batch_is_bounded_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_teller, "BATCH_BYTES", 3000)
    async with running() as sync:
        await sync.until(lambda: sync.reports)
        sync.away = True
        for number in range(20):
            await printed(sync, f"{number}" + "x" * 400)
        sync.batches.clear()
        sync.away = False
        await sync.until(lambda: not sync.host.outbox.entries)
        assert len(sync.batches) > 5
        assert max(len(encode(batch)) for batch in sync.batches) < 3200


def test_an_entrys_id_is_its_own_and_its_agents() -> None:
    assert entry_id("a", 1) == entry_id("a", 1)
    assert len({entry_id("a", 1), entry_id("a", 2), entry_id("b", 1)}) == 3


async def test_a_full_outbox_is_waited_for_by_whoever_has_something_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_findings, "OUTBOX_LATER_S", 0.01)
    sync = made()
    sync.host.outbox.room = 0
    async with running(sync):
        await sync.until(lambda: any("outbox is full" in line for line, _ in sync.host.logged))
        assert not sync.host.outbox.entries
        sync.host.outbox.room = 9
        await sync.until(lambda: sync.findings(AgentReport))
