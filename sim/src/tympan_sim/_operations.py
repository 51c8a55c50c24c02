"""Operations: each IPP request carried out on a printer, and its response (RFC 8011 section 4, PWG 5100.11, 5100.13).

Pure, as the printer is. Print-Job and Send-Document come in two steps, because the document lies between them: `begin`
checks and opens the job, `finish` answers once the bytes have arrived.
"""

from collections.abc import Callable

import attrs

from tympan_sim import _requests, _tickets
from tympan_sim._addresses import Address
from tympan_sim._answers import Answers
from tympan_sim._errors import IppRefusal
from tympan_sim._faults import FaultKind
from tympan_sim._jobs import DeviceJob, Document
from tympan_sim._printer import VirtualPrinter
from tympan_sim._requests import Call
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, Status, attr

_UNTITLED = "Untitled"


@attrs.frozen(kw_only=True)
class Incoming:
    """A document about to arrive.

    Attributes:
        call: the request.
        job: the job it is for.
        format: as claimed.
        compression: none, gzip or deflate.
        last: whether it closes the job.
        ignored: what of the ticket the printer does not do.
    """

    call: Call
    job: DeviceJob
    format: str
    compression: str
    last: bool
    ignored: tuple[Attribute, ...] = ()


class Operations:
    """Carries requests out on one printer."""

    def __init__(self, printer: VirtualPrinter, address: Address, answers: Answers) -> None:
        self._printer = printer
        self._address = address
        self._answers = answers
        self._table: dict[int, Callable[[Call], Message]] = {
            Operation.VALIDATE_JOB: self._validate_job,
            Operation.CREATE_JOB: self._create_job,
            Operation.CANCEL_JOB: self._cancel_job,
            Operation.CANCEL_MY_JOBS: self._cancel_my_jobs,
            Operation.CLOSE_JOB: self._close_job,
            Operation.HOLD_JOB: self._hold_job,
            Operation.RELEASE_JOB: self._release_job,
            Operation.GET_JOBS: self._get_jobs,
            Operation.GET_JOB_ATTRIBUTES: self._get_job_attributes,
            Operation.GET_PRINTER_ATTRIBUTES: self._get_printer_attributes,
            Operation.IDENTIFY_PRINTER: lambda call: _ok(call),
        }

    def begin(self, message: Message, *, secure: bool = False) -> Message | Incoming:
        """Carry out a request; one that brings a document is opened for it."""
        try:
            call = _requests.check(message, self._address, secure=secure)
            if message.code not in self._printer.profile.operations:
                raise IppRefusal(Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, "the printer does not do this")
            if message.code == Operation.PRINT_JOB:
                return self._print_job(call)
            if message.code == Operation.SEND_DOCUMENT:
                return self._send_document(call)
            return self._table[message.code](call)
        except IppRefusal as refusal:
            return refused(message, refusal)

    def finish(self, incoming: Incoming, document: Document | None) -> Message:
        """The document has arrived."""
        self._printer.end_document(incoming.job, document, last=incoming.last)
        return self._job_answer(incoming.call, incoming.job, incoming.ignored)

    def lose(self, incoming: Incoming, status: Status = Status.SERVER_ERROR_INTERNAL_ERROR, text: str = "") -> Message:
        """The document did not arrive, or cannot be read; the answer is for a client that is still there."""
        self._printer.lose_document(incoming.job)
        return refused(incoming.call.message, IppRefusal(status, text))

    # ---- documents arrive ----------------------------------------------------------------------------------------

    def _print_job(self, call: Call) -> Incoming:
        kind, compression = self._document_format(call), self._compression(call)
        job, ignored = self._new_job(call)
        self._printer.begin_document(job, kind)
        return Incoming(call=call, job=job, format=kind, compression=compression, last=True, ignored=ignored)

    def _send_document(self, call: Call) -> Incoming:
        job = self._job(call)
        last = call.message.operation.boolean("last-document")
        if last is None:
            raise IppRefusal(Status.CLIENT_ERROR_BAD_REQUEST, "last-document is missing")
        kind, compression = self._document_format(call), self._compression(call)
        if not (last and job.document is not None and not job.closed):
            self._printer.begin_document(job, kind)
        return Incoming(call=call, job=job, format=kind, compression=compression, last=last)

    def _document_format(self, call: Call) -> str:
        """The claimed format, if the printer takes it.

        Raises:
            IppRefusal: It does not, or is ordered to say so.
        """
        profile = self._printer.profile
        claimed = call.message.operation.string("document-format") or profile.formats[0]
        wrong = claimed not in profile.formats
        if wrong or self._printer.orders.take(FaultKind.REJECT, claimed):
            text = f"documents of the format {claimed[:80]} are not printed"
            refusal = attr.mime("document-format", claimed)
            raise IppRefusal(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, text, (refusal,))
        return claimed

    def _compression(self, call: Call) -> str:
        claimed = call.message.operation.string("compression") or "none"
        if claimed not in ("none", "gzip", "deflate"):
            wrong = (attr.keyword("compression", claimed),)
            raise IppRefusal(Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED, "the compression is not known", wrong)
        return claimed

    # ---- jobs ----------------------------------------------------------------------------------------------------

    def _new_job(self, call: Call) -> tuple[DeviceJob, tuple[Attribute, ...]]:
        ignored = self._check_ticket(call)
        name = call.message.operation.string("job-name") or _UNTITLED
        return self._printer.create(name=name, user=call.user, ticket=call.ticket), ignored

    def _check_ticket(self, call: Call) -> tuple[Attribute, ...]:
        """What of the ticket is not done.

        Raises:
            IppRefusal: Something is not, and the client insists (ipp-attribute-fidelity).
        """
        wrong = _tickets.unsupported(self._printer.profile, call.ticket)
        if wrong and call.message.operation.boolean("ipp-attribute-fidelity"):
            text = "the printer does not do " + ", ".join(attribute.name for attribute in wrong)[:200]
            raise IppRefusal(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, text, wrong)
        return wrong

    def _job(self, call: Call) -> DeviceJob:
        if call.job_id is None:
            raise IppRefusal(Status.CLIENT_ERROR_BAD_REQUEST, "neither job-uri nor job-id")
        return self._printer.job(call.job_id)

    def _job_answer(self, call: Call, job: DeviceJob, ignored: tuple[Attribute, ...] = ()) -> Message:
        group = Group(GroupTag.JOB, self._answers.of_new_job(job, secure=call.secure))
        return _substituted(call, ignored, group)

    def _validate_job(self, call: Call) -> Message:
        self._document_format(call)
        self._compression(call)
        return _substituted(call, self._check_ticket(call))

    def _create_job(self, call: Call) -> Message:
        job, ignored = self._new_job(call)
        return self._job_answer(call, job, ignored)

    def _cancel_job(self, call: Call) -> Message:
        self._printer.cancel(self._job(call))
        return _ok(call)

    def _cancel_my_jobs(self, call: Call) -> Message:
        named = call.message.operation.integers("job-ids")
        jobs = [self._printer.job(job_id) for job_id in named] if named else list(self._printer.active)
        for job in jobs:
            if job.user != call.user or job.finished:
                if named:
                    raise IppRefusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is finished or not yours")
                continue
            self._printer.cancel(job)
        return _ok(call)

    def _close_job(self, call: Call) -> Message:
        self._printer.close(self._job(call))
        return _ok(call)

    def _hold_job(self, call: Call) -> Message:
        self._printer.hold(self._job(call))
        return _ok(call)

    def _release_job(self, call: Call) -> Message:
        self._printer.release(self._job(call))
        return _ok(call)

    # ---- questions -----------------------------------------------------------------------------------------------

    def _get_jobs(self, call: Call) -> Message:
        operation = call.message.operation
        jobs = self._listed(operation.string("which-jobs") or "not-completed")
        if operation.boolean("my-jobs"):
            jobs = [job for job in jobs if job.user == call.user]
        limit = operation.integer("limit")
        if limit is not None and limit < 1:
            raise IppRefusal(Status.CLIENT_ERROR_BAD_REQUEST, "limit is not positive")
        names = frozenset(operation.strings("requested-attributes") or ("job-id", "job-uri"))
        found = (self._answers.of_job(job, names, secure=call.secure) for job in jobs[:limit])
        return _ok(call, *(Group(GroupTag.JOB, attributes) for attributes in found))

    def _listed(self, which: str) -> list[DeviceJob]:
        """Unfinished jobs oldest first, finished ones newest first (RFC 8011 section 4.2.6.1)."""
        self._printer.expire()
        active = list(self._printer.active)
        if which == "not-completed":
            return active
        finished = [job for job in reversed(self._printer.jobs) if job.finished]
        if which == "completed":
            return finished
        if which == "all":
            return active + finished
        wrong = (attr.keyword("which-jobs", which),)
        raise IppRefusal(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, "no such list of jobs", wrong)

    def _get_job_attributes(self, call: Call) -> Message:
        attributes = self._answers.of_job(self._job(call), call.requested("all"), secure=call.secure)
        return _ok(call, Group(GroupTag.JOB, attributes))

    def _get_printer_attributes(self, call: Call) -> Message:
        claimed = call.message.operation.string("document-format")
        if claimed is not None and claimed not in self._printer.profile.formats:
            text = f"documents of the format {claimed[:80]} are not printed"
            raise IppRefusal(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, text)
        return _ok(call, Group(GroupTag.PRINTER, self._answers.of_printer(call.requested("all"))))


def refused(request: Message, refusal: IppRefusal) -> Message:
    """The response that says no, and why."""
    said = Group(GroupTag.OPERATION, (attr.text("status-message", refusal.message[:255]),))
    wrong = (Group(GroupTag.UNSUPPORTED, refusal.unsupported),) if refusal.unsupported else ()
    return Message.response(request, refusal.status, said, *wrong)


def _ok(call: Call, *groups: Group) -> Message:
    return Message.response(call.message, Status.SUCCESSFUL_OK, *groups)


def _substituted(call: Call, ignored: tuple[Attribute, ...], *groups: Group) -> Message:
    """Success, with what was ignored; the unsupported group stands before the job group (RFC 8010 section 3.3)."""
    if not ignored:
        return _ok(call, *groups)
    status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    return Message.response(call.message, status, Group(GroupTag.UNSUPPORTED, ignored), *groups)
