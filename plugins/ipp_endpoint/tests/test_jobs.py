"""What the spooler sees of jobs, and does to them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs
import pytest

from tympan.plugin import Job, JobState, JobStep, PrinterId, Statistics
from tympan_wire.ipp import Attribute, Group, GroupTag, Operation, Status, Tag, attr

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter

S = JobStep
PDF = attr.mime("document-format", "application/pdf")
TO: dict[JobState, tuple[JobStep, ...]] = {
    JobState.QUEUED: (),
    JobState.HELD: (S.HOLD,),
    JobState.WAITING: (S.DEFER,),
    JobState.SENDING: (S.CLAIM,),
    JobState.PRINTING: (S.CLAIM, S.SENT),
    JobState.COMPLETED: (S.CLAIM, S.SENT, S.COMPLETE),
    JobState.ABORTED: (S.CLAIM, S.ABORT),
    JobState.CANCELED: (S.CANCEL,),
    JobState.EXPIRED: (S.HOLD, S.EXPIRE),
    JobState.UNKNOWN: (S.CLAIM, S.LOSE_TRACK),
}


async def submit(counter: Counter, *ticket: Attribute, user: str = "ada") -> Job:
    answer = await counter.ask(Operation.PRINT_JOB, PDF, ticket=ticket, document=[b"%PDF-1.7"], user=user)
    number = answer.first(GroupTag.JOB).integer("job-id")
    assert number is not None
    job = counter.host.jobs.get(number)
    assert job is not None
    return job


async def created(counter: Counter) -> Job:
    """A job made with two requests, as CUPS makes it."""
    answer = await counter.ask(Operation.CREATE_JOB, PDF)
    number = answer.first(GroupTag.JOB).integer("job-id")
    last = attr.boolean("last-document", True)
    answer = await counter.ask(Operation.SEND_DOCUMENT, last, PDF, document=[b"%PDF-1.7"], job=number)
    job = counter.host.jobs.get(number or 0)
    assert answer.code == 0 and job is not None
    return job


async def look(counter: Counter, job: Job, *names: str) -> Group:
    requested = (attr.keyword("requested-attributes", *names),) if names else ()
    answer = await counter.ask(Operation.GET_JOB_ATTRIBUTES, *requested, job=job.number)
    assert answer.code == 0
    return answer.first(GroupTag.JOB)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("state", "number", "reason"),
    [
        (JobState.QUEUED, 3, "job-queued"),
        (JobState.HELD, 4, "job-hold-until-specified"),
        (JobState.WAITING, 3, "printer-stopped"),
        (JobState.SENDING, 5, "job-outgoing"),
        (JobState.PRINTING, 5, "job-printing"),
        (JobState.COMPLETED, 9, "job-completed-successfully"),
        (JobState.ABORTED, 5, "processing-to-stop-point"),
        (JobState.CANCELED, 7, "job-canceled-by-user"),
        (JobState.EXPIRED, 8, "aborted-by-system"),
        (JobState.UNKNOWN, 6, "job-held-for-review"),
    ],
)
async def test_every_state_is_shown_for_what_it_is(counter: Counter, state: JobState, number: int, reason: str) -> None:
    job = counter.advance(await submit(counter), *TO[state])
    assert job.state is state
    seen = await look(counter, job)
    assert seen.integer("job-state") == number
    assert reason in seen.strings("job-state-reasons")


@pytest.mark.anyio
@pytest.mark.parametrize("reason", ["aborted-by-system", "document-format-error"])
async def test_an_aborted_job_is_shown_so_once_cups_has_seen_it_alive(
    counter: Counter, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = counter.advance(await submit(counter), *TO[JobState.ABORTED], reason=reason, detail="Bad.")
    ended = job.ended_at
    assert ended is not None
    for after_s, number in ((0, 5), (2.9, 5), (3.1, 8), (-60, 8)):
        now = ended + dt.timedelta(seconds=after_s)
        monkeypatch.setattr(counter.host, "now", lambda now=now: now)
        seen = await look(counter, job)
        assert seen.integer("job-state") == number
        assert ("aborted-by-system" in seen.strings("job-state-reasons")) is (number == 8)
    assert seen.strings("job-state-reasons") == ("aborted-by-system",) and seen.string("job-state-message") == "Bad."


@pytest.mark.anyio
@pytest.mark.parametrize(("reason", "at_first"), [("job-canceled-at-device", 5), ("job-canceled-by-user", 7)])
async def test_a_cancel_at_the_device_is_shown_once_cups_has_seen_the_job_alive(
    counter: Counter, reason: str, at_first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = counter.advance(await submit(counter), *TO[JobState.CANCELED], reason=reason)
    ended = job.ended_at
    assert ended is not None
    for after_s, number in ((0, at_first), (2.9, at_first), (3.1, 7)):
        now = ended + dt.timedelta(seconds=after_s)
        monkeypatch.setattr(counter.host, "now", lambda now=now: now)
        assert (await look(counter, job)).integer("job-state") == number


@pytest.mark.anyio
async def test_who_sent_an_aborted_job_learns_its_end_after_who_watches_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend of CUPS sends in one thread, which connects anew for each look, and watches in another."""
    jobs = [counter.advance(await created(counter), *TO[JobState.ABORTED]) for _ in range(2)]
    sender, watch = True, False

    async def seen(job: Job, after_s: float, first: bool) -> int | None:
        assert job.ended_at is not None
        now = job.ended_at + dt.timedelta(seconds=after_s)
        monkeypatch.setattr(counter.host, "now", lambda: now)
        monkeypatch.setattr(counter, "first", first)
        return (await look(counter, job, "job-state")).integer("job-state")

    watched, alone = jobs
    assert [await seen(watched, at_s, sender) for at_s in (1, 5, 12)] == [5, 5, 5]
    assert [await seen(watched, at_s, watch) for at_s in (2, 4)] == [5, 8]
    assert [await seen(watched, at_s, sender) for at_s in (4, 6.9, 7.1)] == [5, 5, 8], "the watch had time to read it"
    assert [await seen(alone, at_s, sender) for at_s in (4, 14, 16)] == [5, 5, 8], "nobody watches it"


@pytest.mark.anyio
async def test_a_job_of_unknown_end_keeps_the_queue_and_says_what_to_do(counter: Counter) -> None:
    job = counter.advance(await submit(counter), *TO[JobState.UNKNOWN])
    job = counter.advance(job, reason="job-completed-with-errors", detail="The device forgot it.")
    seen = await look(counter, job)
    assert seen.strings("job-state-reasons") == ("job-held-for-review",)
    told = seen.string("job-state-message") or ""
    assert told.startswith("The device forgot it.") and f"tympan job {job.number} --settle" in told
    printer = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    assert "other-warning" in printer.strings("printer-state-reasons")
    assert f"tympan job {job.number} --release" in (printer.string("printer-state-message") or "")
    counter.advance(job, JobStep.COMPLETE)
    printer = (await counter.ask(Operation.GET_PRINTER_ATTRIBUTES)).first(GroupTag.PRINTER)
    assert "other-warning" not in printer.strings("printer-state-reasons")


def test_no_state_of_the_kernel_is_forgotten() -> None:
    from tympan_ipp_endpoint import _job_states

    assert _job_states._STATES.keys() == _job_states._REASONS.keys() == set(JobState)


@pytest.mark.anyio
async def test_a_waiting_job_says_why_and_shows_that_work_had_begun(counter: Counter) -> None:
    job = counter.advance(await submit(counter), S.CLAIM, S.DEFER)
    job = counter.advance(job, reason="offline-report", detail="The device does not answer.")
    seen = await look(counter, job)
    assert seen.integer("job-state") == 6
    assert seen.strings("job-state-reasons") == ("printer-stopped", "offline-report")
    assert seen.string("job-state-message") == "The device does not answer."


@pytest.mark.anyio
async def test_times_have_no_value_until_they_happen(counter: Counter) -> None:
    job = await submit(counter)
    seen = await look(counter, job)
    for name in ("time-at-processing", "date-time-at-completed"):
        time = seen.get(name)
        assert time is not None and time.tag == Tag.NO_VALUE
    seen = await look(counter, counter.advance(job, *TO[JobState.COMPLETED], impressions_completed=12))
    names = ("time-at-creation", "time-at-processing", "time-at-completed", "job-printer-up-time")
    (created,), (begun,), (ended,), (up,) = (seen.integers(name) for name in names)
    assert 0 < created <= begun <= ended <= up
    assert seen.integer("job-impressions-completed") == 12


@pytest.mark.anyio
async def test_statistics_become_impressions_and_sheets(counter: Counter) -> None:
    job = counter.advance(
        await submit(counter), statistics=Statistics(format="application/pdf", pages=3, impressions=6, sheets=3)
    )
    seen = await look(counter, job, "job-impressions", "job-media-sheets")
    assert (len(seen), seen.integer("job-impressions"), seen.integer("job-media-sheets")) == (2, 6, 3)


@pytest.mark.anyio
async def test_only_what_is_asked_for_comes_and_the_ticket_among_it(counter: Counter) -> None:
    job = await submit(counter, attr.integer("copies", 2), attr.keyword("acme-perfume", "violet"))
    assert [a.name for a in await look(counter, job, "job-id", "copies")] == ["job-id", "copies"]
    assert [a.name for a in await look(counter, job, "job-template")] == ["copies", "acme-perfume"]
    assert "copies" not in await look(counter, job, "job-description")
    assert {"copies", "job-name", "job-uuid"} <= {a.name for a in await look(counter, job, "all")}


@pytest.mark.anyio
async def test_a_job_is_found_by_its_uri(counter: Counter) -> None:
    job = await submit(counter)
    uri = attr.uri("job-uri", f"ipp://localhost:39149/ipp/print/front-desk/{job.number}")
    answer = await counter.ask(Operation.GET_JOB_ATTRIBUTES, uri)
    assert answer.first(GroupTag.JOB).string("job-uuid") == job.uuid.urn
    missing = await counter.ask(Operation.GET_JOB_ATTRIBUTES, job=4711)
    unnamed = await counter.ask(Operation.GET_JOB_ATTRIBUTES)
    assert [missing.code, unnamed.code] == [Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_BAD_REQUEST]


async def listed(counter: Counter, *given: Attribute, user: str = "ada") -> tuple[list[int | None], tuple[Group, ...]]:
    answer = await counter.ask(Operation.GET_JOBS, *given, user=user)
    assert answer.code == 0
    groups = answer.groups_of(GroupTag.JOB)
    return [group.integer("job-id") for group in groups], groups


@pytest.mark.anyio
async def test_get_jobs_lists_by_state_owner_and_limit(counter: Counter) -> None:
    jobs = [await submit(counter, user=user) for user in ("ada", "bob", "ada", "ada")]
    counter.advance(jobs[0], *TO[JobState.COMPLETED])
    counter.advance(jobs[2], *TO[JobState.CANCELED])
    which = {name: attr.keyword("which-jobs", name) for name in ("completed", "not-completed", "all")}
    assert (await listed(counter))[0] == [2, 4]
    assert (await listed(counter, which["not-completed"]))[0] == [2, 4]
    assert (await listed(counter, which["completed"]))[0] == [3, 1]
    assert (await listed(counter, which["all"]))[0] == [2, 4, 3, 1]
    assert (await listed(counter, attr.boolean("my-jobs", True)))[0] == [4]
    assert (await listed(counter, attr.boolean("my-jobs", True), user="eve"))[0] == []
    assert (await listed(counter, which["all"], attr.integer("limit", 3)))[0] == [2, 4, 3]
    _, groups = await listed(counter)
    assert [[a.name for a in group] for group in groups] == [["job-id", "job-uri"]] * 2
    odd = await counter.ask(Operation.GET_JOBS, attr.keyword("which-jobs", "fetchable"))
    assert odd.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


@pytest.mark.anyio
async def test_hold_and_release(counter: Counter) -> None:
    job = await submit(counter)
    assert (await counter.ask(Operation.HOLD_JOB, job=job.number)).code == 0
    assert counter.only_job().state is JobState.HELD
    assert (await counter.ask(Operation.HOLD_JOB, job=job.number)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert (await counter.ask(Operation.RELEASE_JOB, job=job.number)).code == 0
    assert counter.only_job().state is JobState.QUEUED
    assert (await counter.ask(Operation.RELEASE_JOB, job=job.number)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
    evening = attr.keyword("job-hold-until", "evening")
    assert (await counter.ask(Operation.HOLD_JOB, evening, job=job.number)).code == 0x040B


@pytest.mark.anyio
async def test_cancel_and_cancel_again(counter: Counter) -> None:
    job = await submit(counter)
    assert (await counter.ask(Operation.CANCEL_JOB, job=job.number)).code == 0
    assert (await counter.ask(Operation.CANCEL_JOB, job=job.number)).code == Status.CLIENT_ERROR_NOT_POSSIBLE


@pytest.mark.anyio
async def test_cancel_my_jobs_touches_no_others(counter: Counter) -> None:
    for user in ("ada", "bob", "ada"):
        await submit(counter, user=user)
    refused = await counter.ask(Operation.CANCEL_MY_JOBS, attr.integer("job-ids", 1, 2))
    assert refused.code == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert refused.first(GroupTag.UNSUPPORTED).integers("job-ids") == (2,)
    assert not any(job.state.terminal for job in counter.host.jobs.all())
    assert (await counter.ask(Operation.CANCEL_MY_JOBS)).code == 0
    assert [job.state.value for job in counter.host.jobs.all()] == ["canceled", "queued", "canceled"]


@pytest.mark.anyio
async def test_jobs_of_another_printer_are_not_shown(counter: Counter) -> None:
    (printer,) = counter.host.printers.all()
    counter.host.printers.add(attrs.evolve(printer, id=PrinterId("other")))
    job = await submit(counter)
    elsewhere = "ipp://localhost:39149/ipp/print/other"
    answer = await counter.ask(Operation.CANCEL_JOB, job=job.number, uri=elsewhere)
    assert answer.code == Status.CLIENT_ERROR_NOT_FOUND
    assert counter.only_job().state is JobState.QUEUED


@pytest.mark.anyio
async def test_attack_jobs_that_another_computer_sent_are_listed_canceled_and_let_go_by_nobody_here(
    counter: Counter,
) -> None:
    job = await submit(counter)
    jobs = counter.host.jobs
    jobs.replace(attrs.evolve(jobs.step(job, S.HOLD), shared=True))
    assert (await listed(counter))[0] == []
    for operation in (
        Operation.GET_JOB_ATTRIBUTES,
        Operation.CANCEL_JOB,
        Operation.HOLD_JOB,
        Operation.RELEASE_JOB,
    ):
        answer = await counter.ask(operation, job=job.number)
        assert answer.code == Status.CLIENT_ERROR_NOT_FOUND
    await counter.ask(Operation.CANCEL_MY_JOBS)
    assert jobs.known(job.uuid).state is JobState.HELD
