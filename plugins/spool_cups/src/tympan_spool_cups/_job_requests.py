"""Requests about jobs: making one that can be found again, handing it its document, looking for it, ending it. Pure.

- A job carries its UUID twice: as ``job-uuid``, which CUPS 2.4.2 keeps as it was given, and under a name of our own,
  should another CUPS make its own ``job-uuid``. Both outlive a restart of CUPS.
- CUPS tells nothing but the number of a job that is over when it lists jobs; such a one is asked for by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from tympan.plugin import SpoolJob, SpoolJobState
from tympan_spool_cups._abilities import Driver
from tympan_spool_cups._requests import ask_queue, job_attribute
from tympan_wire.ipp import ENUM_WORDS, Attribute, Group, GroupTag, JobState, Message, Operation, attr, enum_number

OWN_NAME: Final = "tympan-job"
JOB_ATTRIBUTES: Final = (
    "job-id",
    "job-uuid",
    OWN_NAME,
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-printer-state-message",
    "number-of-documents",
)
_STATES: Final[Mapping[int, SpoolJobState]] = {
    JobState.PENDING: SpoolJobState.PENDING,
    JobState.PENDING_HELD: SpoolJobState.HELD,
    JobState.PROCESSING: SpoolJobState.PROCESSING,
    JobState.PROCESSING_STOPPED: SpoolJobState.STOPPED,
    JobState.CANCELED: SpoolJobState.CANCELED,
    JobState.ABORTED: SpoolJobState.ABORTED,
    JobState.COMPLETED: SpoolJobState.COMPLETED,
}
_IN_COLLECTION: Final = ("media-source", "media-type")


def create_job(
    name: str,
    *,
    job: UUID,
    title: str,
    user: str,
    media_type: str,
    options: Mapping[str, str],
    drivers: Iterable[Driver],
) -> Message:
    """Create-Job (RFC 8011 section 4.2.4) with the UUID in it.

    Raises:
        ValueError: An option's value does not fit its attribute.
    """
    by_name = {driver.option: driver for driver in drivers}
    ticket = [said for option, value in options.items() for said in _said(option, value, by_name)]
    marks = (attr.uri("job-uuid", job.urn), attr.name_(OWN_NAME, str(job)))
    operation = (attr.name_("job-name", title[:255] or "document"), attr.mime("document-format", media_type))
    return ask_queue(Operation.CREATE_JOB, name, user, *operation, groups=(Group(GroupTag.JOB, (*ticket, *marks)),))


def _said(option: str, value: str, drivers: Mapping[str, Driver]) -> list[Attribute]:
    """An option as CUPS reads it: in IPP terms, or as the driver calls it."""
    driver = drivers.get(option)
    if option.startswith("x-"):
        keyword = driver.keyword if driver else option.removeprefix("x-")
        return [attr.name_(keyword, driver.choice(value) if driver else value)]
    if option in _IN_COLLECTION:
        if driver is not None:
            return [attr.name_(driver.keyword, driver.choice(value))]
        return [attr.collection("media-col", (attr.keyword(option, value),))]
    if option in ENUM_WORDS:
        numbers = ((word, enum_number(option, word)) for word in value.split(","))
        value = ",".join(word if number is None else str(number) for word, number in numbers)
    return [job_attribute(option, value)]


def send_document(name: str, number: int, user: str, media_type: str) -> Message:
    """Send-Document with the one document (RFC 8011 section 4.3.1); it follows."""
    attributes = (
        attr.integer("job-id", number),
        attr.mime("document-format", media_type),
        attr.boolean("last-document", True),
    )
    return ask_queue(Operation.SEND_DOCUMENT, name, user, *attributes)


def get_job(name: str, number: int, user: str) -> Message:
    """Get-Job-Attributes."""
    wanted = attr.keyword("requested-attributes", *JOB_ATTRIBUTES)
    return ask_queue(Operation.GET_JOB_ATTRIBUTES, name, user, attr.integer("job-id", number), wanted)


def get_jobs(name: str, user: str) -> Message:
    """Get-Jobs: every job of a queue, over or not."""
    which = attr.keyword("which-jobs", "all")
    return ask_queue(Operation.GET_JOBS, name, user, which, attr.keyword("requested-attributes", *JOB_ATTRIBUTES))


def cancel_job(name: str, number: int, user: str) -> Message:
    """Cancel-Job."""
    return ask_queue(Operation.CANCEL_JOB, name, user, attr.integer("job-id", number))


def carries(group: Group, job: UUID) -> bool:
    """Whether a job is the one with that UUID."""
    return group.string("job-uuid") == job.urn or group.string(OWN_NAME) == str(job)


def tells_uuid(group: Group) -> bool:
    """Whether CUPS told everything of a job, and not only that it was there."""
    return "job-uuid" in group or OWN_NAME in group


def spool_job_of(group: Group) -> SpoolJob:
    """A job as CUPS tells of it."""
    state = _STATES.get(group.integer("job-state") or 0, SpoolJobState.GONE)
    impressions = group.integer("job-impressions-completed")
    return SpoolJob(
        number=group.integer("job-id") or 0,
        state=state,
        received=bool(group.integer("number-of-documents", 0)),
        impressions=impressions or None,
        reasons=tuple(reason for reason in group.strings("job-state-reasons") if reason != "none"),
        detail=group.string("job-printer-state-message") or "",
    )
