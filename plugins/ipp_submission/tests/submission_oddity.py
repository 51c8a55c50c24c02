"""A device with one oddity at a time, of the kinds no virtual printer has: it speaks HTTP by hand."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs
import h11
import trio
from submission_bench import Bench, bench, virtual

from tympan_ipp_submission._address import Address
from tympan_sim import OPERATIONS
from tympan_wire.ipp import Group, GroupTag, JobState, Message, Operation, Status, attr, decode, encode

Answer = tuple[int, Message | None]


@attrs.define(kw_only=True)
class OddDevice:
    """Takes jobs and calls each complete once its document came.

    Attributes:
        operations: ``operations-supported``.
        hangs_up: Answers one request a connection, and hangs up, unannounced, when the next one comes.
        newest: The newest IPP version it knows.
        http_400: Says so of a newer one with HTTP, not IPP.
        picky: Operations for which it knows no version but 1.1.
        undone: Operations it lists and does not do.
    yes_after: Bytes of a document after which it says yes and closes the connection.
        documents: What it was sent.
    """

    operations: frozenset[Operation] = OPERATIONS
    hangs_up: bool = False
    newest: tuple[int, int] = (2, 0)
    http_400: bool = False
    picky: frozenset[int] = frozenset()
    undone: frozenset[int] = frozenset()
    yes_after: int | None = None
    documents: list[bytes] = attrs.field(factory=list)
    _names: dict[int, str] = attrs.field(factory=dict)
    _ends: dict[int, JobState] = attrs.field(factory=dict)

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection."""
        http = h11.Connection(h11.SERVER)
        while (body := await self._request(http, stream)) is not None:
            message, end = decode(body)
            status, answer = self._answer(message, body[end:])
            early = http.their_state is h11.SEND_BODY
            await self._send(http, stream, status, encode(answer) if answer else b"", close=early)
            if early or (self.hangs_up and await stream.receive_some()):
                return
            http.start_next_cycle()

    async def _request(self, http: h11.Connection, stream: trio.SocketStream) -> bytes | None:
        body = b""
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(await stream.receive_some(65_536))
            elif isinstance(event, h11.Data):
                body += event.data
                if self.yes_after is not None and len(body) > self.yes_after:
                    break
            elif not isinstance(event, h11.Request):
                return None
        return body

    async def _send(
        self, http: h11.Connection, stream: trio.SocketStream, status: int, body: bytes, *, close: bool
    ) -> None:
        headers = [("content-type", "application/ipp"), ("content-length", str(len(body)))]
        if close:
            headers.append(("connection", "close"))
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            await stream.send_all(http.send(event) or b"")

    def _answer(self, request: Message, document: bytes) -> Answer:
        if request.version > self.newest or (request.code in self.picky and request.version > (1, 1)):
            refused = Message.response(request, Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)
            return (400, None) if self.http_400 else (200, refused)
        if request.code in self.undone:
            return 200, Message.response(request, Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED)
        return 200, Message.response(request, Status.SUCCESSFUL_OK, *self._groups(request, document))

    def _groups(self, request: Message, document: bytes) -> list[Group]:
        match request.code:
            case Operation.GET_PRINTER_ATTRIBUTES:
                return [self._printer()]
            case Operation.GET_JOBS:
                over = request.operation.string("which-jobs") == "completed"
                listed = [self._job(number) for number in self._names]
                return [job for job in listed if ((job.integer("job-state") or 0) >= JobState.CANCELED) is over]
            case Operation.CREATE_JOB | Operation.PRINT_JOB:
                self._names[len(self._names) + 1] = request.operation.string("job-name") or ""
        number = request.operation.integer("job-id") or len(self._names)
        if request.code in (Operation.PRINT_JOB, Operation.SEND_DOCUMENT):
            self.documents.append(document)
            self._ends[number] = JobState.COMPLETED
        elif request.code == Operation.CANCEL_JOB:
            self._ends[number] = JobState.CANCELED
        return [] if request.code == Operation.VALIDATE_JOB else [self._job(number)]

    def _printer(self) -> Group:
        return Group(
            GroupTag.PRINTER,
            (
                attr.enum("printer-state", 3),
                *([attr.enum("operations-supported", *sorted(self.operations))] if self.operations else []),
                attr.mime("document-format-supported", "application/pdf"),
                attr.integer("printer-up-time", 1000),
            ),
        )

    def _job(self, number: int) -> Group:
        end = self._ends.get(number, JobState.PENDING)
        begun = end is JobState.COMPLETED
        return Group(
            GroupTag.JOB,
            (
                attr.integer("job-id", number),
                attr.uri("job-uri", f"ipp://odd/{number}"),
                attr.name_("job-name", self._names[number]),
                attr.name_("job-originating-user-name", "ada"),
                attr.enum("job-state", end),
                attr.integer("time-at-creation", 1000),
                attr.integer("time-at-processing", 1001) if begun else attr.no_value("time-at-processing"),
            ),
        )


@asynccontextmanager
async def odd(device: OddDevice) -> AsyncIterator[Bench]:
    """The plugin on an odd device."""
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(functools.partial(trio.serve_tcp, device.serve, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with bench(f"ipp://127.0.0.1:{port}/ipp/print", watch=False) as parts:
            yield parts
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def tls_only() -> AsyncIterator[Bench]:
    """The plugin with a plain URI, on a virtual device behind a door that answers 426 to whoever speaks no TLS."""
    async with virtual(tls=True) as parts:
        behind = Address.parse(parts.device.uri)

        async def door(stream: trio.SocketStream) -> None:
            if await stream.socket.recv(1, trio.socket.MSG_PEEK) != b"\x16":
                await stream.send_all(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2\r\nContent-Length: 0\r\n\r\n")
                return
            device = await trio.open_tcp_stream(behind.host, behind.port)
            async with device, trio.open_nursery() as nursery:
                nursery.start_soon(_pass_on, stream, device)
                await _pass_on(device, stream)
                nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(functools.partial(trio.serve_tcp, door, 0, host="127.0.0.1"))
            port = listeners[0].socket.getsockname()[1]
            async with bench(f"ipp://127.0.0.1:{port}{behind.path}", watch=False) as plain:
                plain.simulated = parts.device
                yield plain
            nursery.cancel_scope.cancel()


async def _pass_on(near: trio.SocketStream, far: trio.SocketStream) -> None:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async for piece in near:
            await far.send_all(piece)
