"""The endpoint: an application of the loopback site, and the task that keeps it."""

from __future__ import annotations

import trio

from tympan.plugin import Host, LocalCaller, LocalRequest, LocalResponse, PortsChanged, TympanError
from tympan_ipp_endpoint._answers import Answer, encode_answer, encode_bad_header, refused
from tympan_ipp_endpoint._desk import Desk
from tympan_ipp_endpoint._documents import HEADER_BYTES, Incoming
from tympan_ipp_endpoint._errors import Refusal, refusal
from tympan_ipp_endpoint._operations import CODES, OPERATIONS
from tympan_ipp_endpoint._pages import page
from tympan_ipp_endpoint._requests import Call, check, target
from tympan_ipp_endpoint._submissions import abandon
from tympan_net.http_server import RequestError
from tympan_wire.ipp import IppProtocolError, Message, Status

PREFIX = "/ipp/print"
MEDIA_TYPE = "application/ipp"
_HEADERS = (("content-type", MEDIA_TYPE),)
_SPEAK_IPP = "Printers are spoken to with IPP: POST application/ipp.\n"


class IppEndpoint:
    """The ports ``LocalApp`` and ``Service`` in one: requests are answered while the service runs."""

    prefix = PREFIX
    callers = frozenset({LocalCaller.SPOOLER, LocalCaller.TOKEN})

    def __init__(self) -> None:
        self._desk: Desk | None = None

    async def run(self, host: Host) -> None:
        """Serves until cancelled; times out jobs whose document never comes, and leaves none behind."""
        with host.bus.subscribe(PortsChanged) as changes:
            desk = self._desk = Desk(host, tuple(sorted(OPERATIONS)))
            host.ready()
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_keep_time, desk)
                    async for _ in changes:
                        desk.ports_changed()
            finally:
                await self._leave(desk)

    async def _leave(self, desk: Desk) -> None:
        self._desk = None
        for created in desk.created.take_all():
            await abandon(created.intake, "the endpoint was stopped before the document came")

    async def handle(self, request: LocalRequest) -> LocalResponse:
        """Answers one HTTP request (RFC 8010 section 4): errors of IPP travel in an HTTP 200."""
        desk = self._desk
        if desk is None:
            return _plain(503, "The print endpoint is not running.\n", ("retry-after", "5"))
        if request.method in ("GET", "HEAD"):
            return page(desk, request.path) or _plain(404, "There is no such printer.\n")
        if request.method != "POST":
            return _plain(405, _SPEAK_IPP, ("allow", "GET, HEAD, POST"))
        if (request.header("content-type") or "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            return _plain(415, _SPEAK_IPP)
        incoming = Incoming(request.stream())
        try:
            message = await incoming.message()
        except IppProtocolError as error:
            return _misunderstood(incoming.header, error)
        answer = await _answer(desk, message, incoming, request)
        return LocalResponse(headers=_HEADERS, body=encode_answer(message, answer))


async def _answer(desk: Desk, message: Message, incoming: Incoming, request: LocalRequest) -> Answer:
    try:
        check(message, CODES)
        printer, job_number = target(message, desk.host.printers)
        call = Call(
            message=message,
            printer=printer,
            job_number=job_number,
            authority=request.header("host") or "localhost",
            incoming=incoming,
            first=request.first,
        )
        return await OPERATIONS[message.code](desk, call)
    except TympanError as error:
        return refused(refusal(error))
    except RequestError:
        raise  # the client went away or broke HTTP: the server answers that
    except Exception as error:
        # CUPS stops the queue at internal-error, so it is told to come again, and the log says what to mend.
        desk.host.log("a request could not be answered", operation=message.code, error=repr(error))
        return refused(Refusal(Status.SERVER_ERROR_TEMPORARY_ERROR, "the request could not be answered"))


async def _keep_time(desk: Desk) -> None:
    while True:
        await desk.created.wait_due()
        await _abort_overdue(desk)


async def _abort_overdue(desk: Desk) -> None:
    for created in desk.created.overdue(trio.current_time()):
        await abandon(created.intake, f"its document did not come within {desk.document_wait_s} s")


def _misunderstood(header: bytes, error: IppProtocolError) -> LocalResponse:
    if len(header) < HEADER_BYTES:
        return _plain(400, f"{error}\n")
    answer = Answer(status=Status.CLIENT_ERROR_BAD_REQUEST, text=str(error))
    return LocalResponse(headers=_HEADERS, body=encode_bad_header(header, answer))


def _plain(status: int, text: str, *headers: tuple[str, str]) -> LocalResponse:
    return LocalResponse(
        status=status, headers=(("content-type", "text/plain; charset=utf-8"), *headers), body=text.encode()
    )
