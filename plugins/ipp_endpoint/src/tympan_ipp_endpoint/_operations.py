"""Operations: the table from operation code to what answers it, and the operations on the printer itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tympan_ipp_endpoint._answers import Answer
from tympan_ipp_endpoint._desk import Desk
from tympan_ipp_endpoint._errors import Refusal
from tympan_ipp_endpoint._job_operations import (
    cancel_job,
    cancel_my_jobs,
    get_job_attributes,
    get_jobs,
    hold_job,
    release_job,
)
from tympan_ipp_endpoint._limits import REQUESTED_NAMES
from tympan_ipp_endpoint._printer_attributes import bare
from tympan_ipp_endpoint._printer_state import living
from tympan_ipp_endpoint._requests import Call
from tympan_ipp_endpoint._submissions import close_job, create_job, print_job, send_document, validate_job
from tympan_wire.ipp import Operation, Status

Handler = Callable[[Desk, Call], Awaitable[Answer]]


async def get_printer_attributes(desk: Desk, call: Call) -> Answer:
    """Get-Printer-Attributes (RFC 8011 section 4.2.5)."""
    face, requested, printer = desk.face(call.printer), call.requested(), call.printer
    if requested is not None and len(requested) > REQUESTED_NAMES:
        raise Refusal(Status.CLIENT_ERROR_BAD_REQUEST, f"more than {REQUESTED_NAMES} attributes are asked for")
    media_type = call.operation.string("document-format")
    if media_type is not None and bare(media_type) not in face.formats:
        raise Refusal(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, f"{printer.name} takes no {media_type}")
    desk.look_again(printer, desk.host.printers.snapshot(printer.id))
    (stands, queued), now = desk.stands(printer), desk.host.now()
    since = desk.clock(printer).since(stands, now)
    return Answer(groups=face.encoded(call.authority, requested) + living(stands, since, queued, now, requested))


async def identify_printer(desk: Desk, call: Call) -> Answer:
    """Identify-Printer (PWG 5100.13 section 4.2): shown in the agent's log; the device itself is out of reach here."""
    message = call.operation.string("message") or ""
    desk.host.log("identify printer", printer=call.printer.id, name=call.printer.name, text=message)
    return Answer()


OPERATIONS: Mapping[int, Handler] = {
    Operation.PRINT_JOB: print_job,
    Operation.VALIDATE_JOB: validate_job,
    Operation.CREATE_JOB: create_job,
    Operation.SEND_DOCUMENT: send_document,
    Operation.CANCEL_JOB: cancel_job,
    Operation.GET_JOB_ATTRIBUTES: get_job_attributes,
    Operation.GET_JOBS: get_jobs,
    Operation.GET_PRINTER_ATTRIBUTES: get_printer_attributes,
    Operation.HOLD_JOB: hold_job,
    Operation.RELEASE_JOB: release_job,
    Operation.CANCEL_MY_JOBS: cancel_my_jobs,
    Operation.CLOSE_JOB: close_job,
    Operation.IDENTIFY_PRINTER: identify_printer,
}
"""Every operation there is; ``operations-supported`` is made of its keys."""

CODES = frozenset(OPERATIONS)
