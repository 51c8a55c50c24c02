"""Submissions: Print-Job, Validate-Job, Create-Job, Send-Document and Close-Job (RFC 8011 section 4.2, 4.3).

- Bytes go to the intake as they come. The client is told OK only after ``commit`` returned: then the job is durable.
- A commit has no deadline: cutting it off would leave a job that is printed although its sender was told it was not.
- Whatever ends a document early, be it the client, the disk or the plugin being stopped, abandons the job.
"""

from __future__ import annotations

import contextlib

import trio

from tympan.plugin import IllegalStep, Intake, Job, NewJob
from tympan_ipp_endpoint._answers import Answer, job_group, unsupported_group
from tympan_ipp_endpoint._compression import COMPRESSIONS
from tympan_ipp_endpoint._created import Created
from tympan_ipp_endpoint._desk import Desk
from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._job_attributes import OF_A_NEW_JOB, job_attributes
from tympan_ipp_endpoint._limits import ABANDON_S
from tympan_ipp_endpoint._printer_attributes import bare
from tympan_ipp_endpoint._requests import Call
from tympan_ipp_endpoint._tickets import hold_of, ticket_of, unsupported
from tympan_wire.ipp import Attribute, GroupTag, Status

OCTET_STREAM = "application/octet-stream"


async def validate_job(desk: Desk, call: Call) -> Answer:
    """Validate-Job (section 4.2.3): the checks of Print-Job, and no job."""
    _format(desk, call)
    _compression(call)
    return _with_complaints(_complaints(desk, call), b"")


async def print_job(desk: Desk, call: Call) -> Answer:
    """Print-Job (section 4.2.1)."""
    media_type, compression = _format(desk, call), _compression(call)
    complaints = _complaints(desk, call)
    if not await call.incoming.has_document():
        raise Refusal(Status.CLIENT_ERROR_BAD_REQUEST, "the request holds no document")
    job = await _take_in(desk, desk.host.jobs.open(_new_job(call, media_type)), call, compression)
    return _with_complaints(complaints, _described(desk, call, job))


async def create_job(desk: Desk, call: Call) -> Answer:
    """Create-Job (section 4.2.4): the document follows with Send-Document."""
    complaints = _complaints(desk, call)
    desk.created.check_room()
    intake = desk.host.jobs.open(_new_job(call, OCTET_STREAM))
    desk.created.put(Created(intake=intake, deadline=trio.current_time() + desk.document_wait_s))
    desk.aborts.created(intake.job.number)
    return _with_complaints(complaints, _described(desk, call, intake.job))


async def send_document(desk: Desk, call: Call) -> Answer:
    """Send-Document (section 4.3.1). A job takes one document; an empty last one only closes it."""
    desk.job(call)
    last = call.operation.boolean("last-document")
    if last is None:
        raise Refusal(Status.CLIENT_ERROR_BAD_REQUEST, "last-document is missing")
    media_type, compression = _format(desk, call), _compression(call)
    has_document = await call.incoming.has_document()
    job = desk.job(call)  # looked up again: it may have been canceled while the first byte was waited for
    created = desk.created.take(job.number)
    if created is None:
        return _to_finished(desk, call, job, has_document=has_document, last=last)
    if not has_document:
        return await _without_document(desk, call, created, last=last)
    created.intake.declare(media_type)
    return Answer(groups=_described(desk, call, await _take_in(desk, created.intake, call, compression)))


async def close_job(desk: Desk, call: Call) -> Answer:
    """Close-Job (PWG 5100.7 section 4.1): nothing more follows."""
    created = desk.created.take(desk.job(call).number)
    if created is not None:
        await abandon(created.intake, "closed before its document came")
    return Answer()


async def abandon(intake: Intake, why: str) -> None:
    """Erases what came of a document, even while everything around is being cancelled, or the job is over already."""
    with trio.move_on_after(ABANDON_S, shield=True), contextlib.suppress(IllegalStep):
        await intake.abandon(why)


async def _take_in(desk: Desk, intake: Intake, call: Call, compression: str) -> Job:
    try:
        async for piece in call.incoming.document(compression):
            await intake.write(piece)
    except BaseException as error:
        await abandon(intake, _why(error))
        if isinstance(error, IllegalStep):
            raise _canceled(error) from error
        raise
    try:
        job = await intake.commit()
    except IllegalStep as error:
        raise _canceled(error) from error
    desk.host.used()
    return job


def _canceled(error: IllegalStep) -> Refusal:
    """Somebody canceled the job while its document was coming in."""
    return Refusal(Status.SERVER_ERROR_JOB_CANCELED, f"the job was canceled: {error.cause}")


def _why(error: BaseException) -> str:
    if isinstance(error, trio.Cancelled):
        return "the endpoint was stopped while the document came in"
    return str(error) or type(error).__name__


def _to_finished(desk: Desk, call: Call, job: Job, *, has_document: bool, last: bool) -> Answer:
    """A document for a job that has its one already, or is over."""
    if job.state.terminal and (has_document or not job.size_bytes):
        raise Refusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.number} takes no more documents: it is over")
    if has_document or not last:
        raise Refusal(Status.SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED, "a job holds one document here")
    return Answer(groups=_described(desk, call, job))


async def _without_document(desk: Desk, call: Call, created: Created, *, last: bool) -> Answer:
    if not last:
        desk.created.put(created)
        raise Refusal(Status.CLIENT_ERROR_BAD_REQUEST, "the request holds no document")
    await abandon(created.intake, "closed before its document came")
    return Answer(groups=_described(desk, call, desk.job(call)))


def _new_job(call: Call, media_type: str) -> NewJob:
    name = call.operation.string("job-name") or call.operation.string("document-name") or ""
    job = call.message.first(GroupTag.JOB)
    return NewJob(
        printer=call.printer.id,
        name=name,
        user=call.user,
        media_type=media_type,
        ticket=ticket_of(call.message),
        hold=hold_of(job),
    )


def _format(desk: Desk, call: Call) -> str:
    """The document's format as declared, without parameters (RFC 8011 section 4.2.1.1)."""
    media_type = bare(call.operation.string("document-format") or OCTET_STREAM)
    if media_type not in desk.face(call.printer).formats:
        raise Refusal(
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
            f"{call.printer.name} takes no {media_type}",
            next_step="Send PDF, or a format in document-format-supported.",
            unsupported=[a for a in (call.operation.get("document-format"),) if a is not None],
        )
    return media_type


def _compression(call: Call) -> str:
    compression = call.operation.string("compression") or "none"
    if compression not in COMPRESSIONS:
        raise Refusal(
            Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED,
            f"compression {compression} is not known",
            next_step="Send it uncompressed, or as gzip or deflate.",
            unsupported=[a for a in (call.operation.get("compression"),) if a is not None],
        )
    return compression


def _complaints(desk: Desk, call: Call) -> tuple[Attribute, ...]:
    """What of the ticket is not supported; refused when the client wants all of it or nothing."""
    found = unsupported(call.message.first(GroupTag.JOB), desk.face(call.printer).offered)
    if found and call.operation.boolean("ipp-attribute-fidelity"):
        names = ", ".join(attribute.name for attribute in found)
        raise Refusal(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            f"{call.printer.name} cannot do what was asked for: {names}",
            next_step="Choose other options.",
            unsupported=found,
        )
    return found


def _with_complaints(complaints: tuple[Attribute, ...], job: bytes) -> Answer:
    if not complaints:
        return Answer(groups=job)
    ignored = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return Answer(status=ignored, groups=unsupported_group(complaints) + job)


def _described(desk: Desk, call: Call, job: Job) -> bytes:
    return job_group(job_attributes(desk.view(call, job), OF_A_NEW_JOB))
