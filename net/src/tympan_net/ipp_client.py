"""An IPP client: requests to one printer, over kept connections, each answer checked against its request.

* Every wait has a deadline and every answer a bound (`ClientLimits`, `tympan_wire.ipp.Limits`).
* `request` returns whatever the printer answers; the named operations raise `IppStatusError` when it says no.
* Only requests that just look are sent again by the client itself, and only on a kept connection that died unheard.
* IPP 2.0 is spoken until a printer turns out not to know it; then 1.1, for as long as the client lives.
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import trio

from tympan_net._carriage import FIRST_ERROR_STATUS, Carriage, OnSent
from tympan_net._endpoint import Endpoint
from tympan_net._errors import (
    AnswerTooLarge,
    CertificateChanged,
    HttpStatusError,
    IppStatusError,
    NetError,
    PeerError,
    PeerMisbehaved,
    Retry,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from tympan_net._ipp_calls import JobHandle, unsupported_of
from tympan_net._limits import ClientLimits
from tympan_net._pieces import Document, pieces_of
from tympan_net.compression import Compression, compressed
from tympan_net.tls import ClientTls, FirstUse, OsStore, Pinned, Trust
from tympan_wire.ipp import Attribute, Group, GroupTag, Limits, Message, Operation, Status, attr

__all__ = [
    "AnswerTooLarge",
    "CertificateChanged",
    "ClientLimits",
    "Compression",
    "Document",
    "FirstUse",
    "HttpStatusError",
    "IppClient",
    "IppStatusError",
    "JobHandle",
    "NetError",
    "OsStore",
    "PeerError",
    "PeerMisbehaved",
    "Pinned",
    "Retry",
    "TimedOut",
    "TlsFailed",
    "Trust",
    "Unreachable",
]

_MAX_REQUEST_ID = 2**31 - 1
_IPP_2_0 = (2, 0)
_IPP_1_1 = (1, 1)


class IppClient:
    """Speaks to one printer (or CUPS, or another IPP service); used as an async context manager.

    Attributes:
        printer_uri: the URI given, as IPP names it.
        version: the IPP version spoken, (2, 0) or (1, 1).
    """

    def __init__(
        self,
        uri: str,
        *,
        trust: Trust | None = None,
        limits: ClientLimits | None = None,
        ipp_limits: Limits | None = None,
        user_agent: str = "tympan IPP/2.0",
        user: str | None = None,
        socket_path: str | None = None,
        opened: trio.SocketStream | None = None,
    ) -> None:
        """Prepares a client; nothing is connected yet.

        Args:
            uri: ipp, ipps, http or https; ports 631, 631, 80 and 443 unless given.
            trust: whom to believe over TLS; the operating system's store when None.
            limits: deadlines and sizes of the carriage.
            ipp_limits: bounds of an answer's attributes.
            user_agent: of the HTTP requests.
            user: the requesting-user-name of the named operations; a mere claim (RFC 8011 section 9.3).
            socket_path: a Unix-domain socket to use in place of TCP; `uri` then only names the target.
            opened: a connection to the printer on which nothing was said yet: used first, and closed.

        Raises:
            ValueError: `uri` is no printer URI.
        """
        endpoint = Endpoint.parse(uri)
        encrypted = endpoint.secure and socket_path is None
        self._tls = ClientTls.of(trust or OsStore()) if encrypted else None
        self._carriage = Carriage(
            endpoint,
            context=self._tls.context if self._tls else None,
            socket_path=socket_path,
            limits=limits or ClientLimits(),
            ipp_limits=ipp_limits or Limits(),
            user_agent=user_agent,
            opened=opened,
        )
        self._user = user
        self._last_id = 0
        self.printer_uri = endpoint.printer_uri
        self.version = _IPP_2_0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the kept connections; the client can still be used and then opens new ones."""
        await self._carriage.aclose()

    @property
    def fingerprint(self) -> str | None:
        """SHA-256 of the certificate this client is bound to: the pinned one, or with `FirstUse` the one seen."""
        return self._tls.fingerprint if self._tls else None

    def build(
        self, operation: int, *attributes: Attribute, job_id: int | None = None, groups: Sequence[Group] = ()
    ) -> Message:
        """A request in this client's version with the next request-id, aimed at the printer or one of its jobs.

        Args:
            operation: an `Operation` or a vendor's number.
            attributes: further operation attributes; requesting-user-name is added when missing and known.
            job_id: the job, for the operations on one.
            groups: what follows the operation group.
        """
        self._last_id = self._last_id % _MAX_REQUEST_ID + 1
        target = [attr.uri("printer-uri", self.printer_uri)]
        if job_id is not None:
            target.append(attr.integer("job-id", job_id))
        if self._user is not None and not any(given.name == "requesting-user-name" for given in attributes):
            target.append(attr.name_("requesting-user-name", self._user))
        opening = Group(GroupTag.OPERATION, (*target, *attributes))
        return Message.request(operation, self._last_id, opening, *groups, version=self.version)

    async def request(
        self, message: Message, document: Document | None = None, *, on_sent: OnSent | None = None
    ) -> Message:
        """Sends a request as it is and returns the answer, whatever its status.

        An answer that comes while the document is still going out is not lost: a refusal ends the sending.

        Args:
            message: the request; its version and request-id are the caller's.
            document: follows the message, sent chunked; an iterator is read at the printer's pace.
            on_sent: told the document bytes sent so far.

        Raises:
            PeerError: no usable answer: `Unreachable`, `TimedOut`, `TlsFailed`, `PeerMisbehaved`, `HttpStatusError`.
        """
        return await self._carriage.carry(message, document, on_sent)

    async def fetch(self, message: Message) -> tuple[Message, bytes]:
        """Sends a request and returns the answer, whatever its status, with the data that follows it (CUPS-Get-PPD).

        Raises:
            PeerError: no usable answer, as for `request`.
        """
        return await self._carriage.fetch(message)

    async def get_printer_attributes(self, *requested: str) -> Group:
        """The printer's attributes (RFC 8011 section 4.2.5); all of them when none are named.

        Falls back to IPP 1.1, also when a printer calls version 2.0 a bad request.
        """
        wanted = _requested(requested)
        try:
            answer = await self._call(Operation.GET_PRINTER_ATTRIBUTES, *wanted)
        except (IppStatusError, HttpStatusError) as error:
            if self.version == _IPP_1_1 or error.status not in (Status.CLIENT_ERROR_BAD_REQUEST, 400):
                raise
            self.version = _IPP_1_1
            try:
                answer = await self._call(Operation.GET_PRINTER_ATTRIBUTES, *wanted)
            except NetError:
                self.version = _IPP_2_0
                raise
        return answer.first(GroupTag.PRINTER)

    async def validate_job(self, operation: Sequence[Attribute] = (), job: Sequence[Attribute] = ()) -> Message:
        """Asks whether a job of these operation and job-template attributes would be taken (section 4.2.3)."""
        return await self._call(Operation.VALIDATE_JOB, *operation, groups=_job_group(job))

    async def create_job(self, operation: Sequence[Attribute] = (), job: Sequence[Attribute] = ()) -> JobHandle:
        """Creates a job whose documents follow (section 4.2.4)."""
        return self._handle(await self._call(Operation.CREATE_JOB, *operation, groups=_job_group(job)))

    async def print_job(
        self,
        document: Document,
        document_format: str,
        operation: Sequence[Attribute] = (),
        job: Sequence[Attribute] = (),
        *,
        compression: Compression | str | None = None,
        on_sent: OnSent | None = None,
    ) -> JobHandle:
        """Creates a job with its one document (section 4.2.1)."""
        attributes = (*operation, *_document_attributes(document_format, compression))
        answer = await self._call(
            Operation.PRINT_JOB,
            *attributes,
            groups=_job_group(job),
            document=_packed(document, compression),
            on_sent=on_sent,
        )
        return self._handle(answer)

    async def send_document(
        self,
        job_id: int,
        document: Document,
        document_format: str,
        *,
        compression: Compression | str | None = None,
        last: bool = True,
        operation: Sequence[Attribute] = (),
        on_sent: OnSent | None = None,
    ) -> JobHandle:
        """Adds a document to a job (section 4.3.1); `last` closes the job, an empty last document only closes it."""
        answer = await self._call(
            Operation.SEND_DOCUMENT,
            *operation,
            *_document_attributes(document_format, compression),
            attr.boolean("last-document", last),
            job_id=job_id,
            document=_packed(document, compression),
            on_sent=on_sent,
        )
        return JobHandle.of(answer.first(GroupTag.JOB)) or JobHandle(job_id=job_id, job_uri="")

    async def get_job_attributes(self, job_id: int, *requested: str) -> Group:
        """One job's attributes (section 4.3.4)."""
        answer = await self._call(Operation.GET_JOB_ATTRIBUTES, *_requested(requested), job_id=job_id)
        return answer.first(GroupTag.JOB)

    async def get_jobs(
        self,
        which: str = "not-completed",
        *,
        my_jobs: bool = False,
        requested: Sequence[str] = ("job-id", "job-uri", "job-uuid", "job-name", "job-state"),
        limit: int | None = None,
    ) -> tuple[Group, ...]:
        """The printer's jobs (section 4.2.6), one group each.

        Args:
            which: a which-jobs keyword.
            my_jobs: only those of the requesting user.
            requested: attributes of each job.
            limit: at most so many jobs.
        """
        wanted = [attr.keyword("which-jobs", which), attr.boolean("my-jobs", my_jobs), *_requested(requested)]
        if limit is not None:
            wanted.insert(0, attr.integer("limit", limit))
        return (await self._call(Operation.GET_JOBS, *wanted)).groups_of(GroupTag.JOB)

    async def cancel_job(self, job_id: int) -> None:
        """Cancels a job (section 4.3.3)."""
        await self._call(Operation.CANCEL_JOB, job_id=job_id)

    async def _call(
        self,
        operation: int,
        *attributes: Attribute,
        job_id: int | None = None,
        groups: Sequence[Group] = (),
        document: Document | None = None,
        on_sent: OnSent | None = None,
    ) -> Message:
        answer = await self.request(
            self.build(operation, *attributes, job_id=job_id, groups=groups), document, on_sent=on_sent
        )
        if answer.code == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED and self.version == _IPP_2_0:
            self.version = _IPP_1_1
            if document is None or isinstance(document, bytes):  # an iterator cannot be read a second time
                again = self.build(operation, *attributes, job_id=job_id, groups=groups)
                answer = await self.request(again, document, on_sent=on_sent)
        return self._checked(answer)

    def _checked(self, answer: Message) -> Message:
        if answer.code < FIRST_ERROR_STATUS:
            return answer
        said = answer.operation.string("status-message", "") or ""
        raise IppStatusError(self._carriage.peer, answer.code, said, unsupported_of(answer).attributes)

    def _handle(self, answer: Message) -> JobHandle:
        handle = JobHandle.of(answer.first(GroupTag.JOB))
        if handle is None:
            raise PeerMisbehaved(self._carriage.peer, "it accepted the job without naming it")
        return handle


def _requested(names: Sequence[str]) -> tuple[Attribute, ...]:
    return (attr.keyword("requested-attributes", *names),) if names else ()


def _job_group(job: Sequence[Attribute]) -> tuple[Group, ...]:
    return (Group(GroupTag.JOB, tuple(job)),) if job else ()


def _document_attributes(document_format: str, compression: Compression | str | None) -> tuple[Attribute, ...]:
    form = attr.mime("document-format", document_format)
    return (form, attr.keyword("compression", Compression(compression))) if compression else (form,)


def _packed(document: Document, compression: Compression | str | None) -> Document:
    return compressed(pieces_of(document), Compression(compression)) if compression else document
