"""Job operations: look at jobs, cancel, hold and release them (RFC 8011 section 4.2.6, 4.3)."""

from __future__ import annotations

from collections.abc import Iterable

from tympan.plugin import Job
from tympan_ipp_endpoint._answers import Answer, job_group
from tympan_ipp_endpoint._desk import Desk
from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._job_attributes import DEFAULT_OF_JOBS, job_attributes
from tympan_ipp_endpoint._limits import JOBS_IN_ANSWER
from tympan_ipp_endpoint._requests import Call
from tympan_ipp_endpoint._submissions import abandon
from tympan_ipp_endpoint._tickets import HOLDS
from tympan_wire.ipp import Attribute, Status, attr


async def get_job_attributes(desk: Desk, call: Call) -> Answer:
    """Get-Job-Attributes (section 4.3.4)."""
    view = desk.view(call, desk.job(call))
    return Answer(groups=job_group(job_attributes(view, call.requested())))


async def get_jobs(desk: Desk, call: Call) -> Answer:
    """Get-Jobs (section 4.2.6): the oldest first of those that wait, the latest first of those that are over."""
    jobs = _which(desk, call)
    if call.operation.boolean("my-jobs"):
        jobs = [job for job in jobs if job.user == call.user]
    requested = call.requested() or DEFAULT_OF_JOBS
    groups = (job_group(job_attributes(desk.view(call, job), requested)) for job in jobs[: _limit(call)])
    return Answer(groups=b"".join(groups))


async def cancel_job(desk: Desk, call: Call) -> Answer:
    """Cancel-Job (section 4.3.3). A job that is over cannot be canceled: not-possible."""
    await _cancel(desk, call, desk.job(call))
    return Answer()


async def cancel_my_jobs(desk: Desk, call: Call) -> Answer:
    """Cancel-My-Jobs (PWG 5100.11 section 4.2): all of the user's, or those listed, all or none of them."""
    own = [job for job in desk.jobs(call) if job.user == call.user]
    numbers = call.operation.integers("job-ids")
    alive = {job.number: job for job in own if not job.state.terminal}
    missing = [number for number in numbers if number not in alive]
    if missing:
        raise Refusal(
            Status.CLIENT_ERROR_NOT_POSSIBLE,
            "some of the jobs are over, or not the user's",
            unsupported=(attr.integer("job-ids", *missing),),
        )
    for job in (alive[number] for number in dict.fromkeys(numbers)) if numbers else alive.values():
        await _cancel(desk, call, job)
    return Answer()


async def hold_job(desk: Desk, call: Call) -> Answer:
    """Hold-Job (section 4.3.5)."""
    asked = call.operation.string("job-hold-until") or "indefinite"
    if asked not in HOLDS:
        raise Refusal(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            f"a job cannot be held until {asked}",
            next_step="Hold it indefinitely, and release it when it may print.",
            unsupported=_given(call, "job-hold-until"),
        )
    job = desk.job(call)
    if asked == "no-hold":
        await desk.host.jobs.release(job.uuid, by=call.user)
    else:
        await desk.host.jobs.hold(job.uuid, by=call.user)
    return Answer()


async def release_job(desk: Desk, call: Call) -> Answer:
    """Release-Job (section 4.3.6). Of a job nobody knows the fate of, it is the decision to print it again."""
    await desk.host.jobs.release(desk.job(call).uuid, by=call.user)
    return Answer()


async def _cancel(desk: Desk, call: Call, job: Job) -> None:
    created = desk.created.take(job.number)
    await desk.host.jobs.cancel(job.uuid, by=call.user)
    if created is not None:
        await abandon(created.intake, "canceled before its document came")


def _which(desk: Desk, call: Call) -> list[Job]:
    jobs = desk.jobs(call)
    which = call.operation.string("which-jobs", "not-completed")
    over = sorted((job for job in jobs if job.state.terminal), key=_ended, reverse=True)
    waiting = [job for job in jobs if not job.state.terminal]
    chosen = {"not-completed": waiting, "completed": over, "all": [*waiting, *over]}.get(which or "")
    if chosen is None:
        raise Refusal(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            f"jobs cannot be listed by {which}",
            unsupported=_given(call, "which-jobs"),
        )
    return chosen


def _ended(job: Job) -> tuple[float, int]:
    return (job.ended_at or job.created_at).timestamp(), job.number


def _limit(call: Call) -> int:
    return min(max(call.operation.integer("limit") or JOBS_IN_ANSWER, 1), JOBS_IN_ANSWER)


def _given(call: Call, name: str) -> Iterable[Attribute]:
    attribute = call.operation.get(name)
    return () if attribute is None else (attribute,)
