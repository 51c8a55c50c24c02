"""Door: IPP over HTTP for one printer, with the faults of its line (RFC 8010 section 4)."""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from tympan_net.http_server import HangUp, Request, Response
from tympan_sim._errors import DocumentUnreadable
from tympan_sim._faults import Fault, FaultKind, Garbage
from tympan_sim._limits import ATTRIBUTE_BYTES, HANG_S
from tympan_sim._operations import Incoming, Operations
from tympan_sim._printer import VirtualPrinter
from tympan_sim._receiver import Receiver
from tympan_wire.ipp import Decoder, IppProtocolError, Limits, Message, Status, encode

IPP_TYPE = "application/ipp"
_LIMITS = Limits(message_bytes=ATTRIBUTE_BYTES)
_HEADER_BYTES = 8
_RANDOM_BYTES = 400


class Door:
    """Answers the IPP requests of one printer."""

    def __init__(self, printer: VirtualPrinter, operations: Operations, incoming: Path | None) -> None:
        self._printer = printer
        self._operations = operations
        self._incoming = incoming
        self._lines: set[trio.CancelScope] = set()
        self._cleared = trio.Event()

    def cut(self) -> None:
        """Break every connection on which a request is under way."""
        for line in self._lines:
            line.cancel()

    def clear(self) -> None:
        """Let go of callers the fault `hang` keeps waiting."""
        self._cleared.set()
        self._cleared = trio.Event()

    async def answer(self, request: Request) -> Response:
        """Answer one request, or break its connection.

        Raises:
            HangUp: The connection is to be closed without an answer.
            RequestError: The client went away or broke HTTP.
        """
        with trio.CancelScope() as line:
            self._lines.add(line)
            try:
                return await self._faulty(request)
            finally:
                self._lines.discard(line)
        raise HangUp

    async def _faulty(self, request: Request) -> Response:
        orders = self._printer.orders
        if not self._printer.powered or orders.take(FaultKind.OFFLINE):
            raise HangUp
        if orders.take(FaultKind.HANG):
            with trio.move_on_after(HANG_S):
                await self._cleared.wait()
            raise HangUp
        if delay := orders.take(FaultKind.DELAY):
            await trio.sleep(delay.seconds)
        garbage = orders.take(FaultKind.GARBAGE)
        if garbage and (nonsense := _nonsense(Garbage(garbage.argument))):
            return nonsense
        response = await self._ipp(request)
        return _mangled(response, Garbage(garbage.argument)) if garbage else response

    async def _ipp(self, request: Request) -> Response:
        if (request.header("content-type") or "").partition(";")[0].strip().lower() != IPP_TYPE:
            return Response.text(f"A printer takes {IPP_TYPE}.\n", status=415)
        slow = self._printer.orders.take(FaultKind.SLOW)
        pieces = _throttled(request.stream(), slow) if slow else request.stream()
        try:
            message, rest = await _message(pieces)
        except IppProtocolError as error:
            return Response.text(f"{error}\n", status=400)
        if not self._printer.powered:
            raise HangUp
        opened = self._operations.begin(message, secure=request.secure)
        if isinstance(opened, Incoming):
            opened = await self._document(opened, rest, pieces)
        return _response(opened)

    async def _document(self, incoming: Incoming, rest: bytes, pieces: AsyncIterator[bytes]) -> Message:
        path = self._incoming / f"{uuid.uuid4().hex}.part" if self._incoming else None
        receiver = Receiver(compression=incoming.compression, path=path)
        try:
            self._take(receiver, rest)
            async for piece in pieces:
                self._take(receiver, piece)
            document = receiver.finish(incoming.format)
        except DocumentUnreadable as error:
            receiver.drop()
            return self._operations.lose(incoming, Status.CLIENT_ERROR_COMPRESSION_ERROR, str(error))
        except BaseException:
            receiver.drop()
            self._operations.lose(incoming)
            raise
        answer = self._operations.finish(incoming, document)
        if self._printer.orders.take(FaultKind.DROP_ANSWER):
            raise HangUp
        return answer

    def _take(self, receiver: Receiver, piece: bytes) -> None:
        """Take document bytes, up to where the line is ordered to break."""
        drop = self._printer.orders.peek(FaultKind.DROP)
        if drop is not None and receiver.wire_bytes + len(piece) > drop.count:
            self._printer.orders.take(FaultKind.DROP)
            raise HangUp
        receiver.feed(piece)


async def _message(pieces: AsyncIterator[bytes]) -> tuple[Message, bytes]:
    """The IPP message at the start of a body, and the document bytes that came with it.

    Raises:
        IppProtocolError: There is none.
    """
    decoder = Decoder(_LIMITS)
    async for piece in pieces:
        if (message := decoder.feed(piece)) is not None:
            return message, decoder.rest
    decoder.eof()
    raise IppProtocolError("there is no message", 0)


async def _throttled(pieces: AsyncIterator[bytes], slow: Fault) -> AsyncIterator[bytes]:
    """The pieces at a number of bytes a second; not reading holds the client back."""
    async for piece in pieces:
        await trio.sleep(len(piece) / max(1, slow.count))
        yield piece


def _response(message: Message) -> Response:
    return Response(headers=(("content-type", IPP_TYPE),), body=encode(message))


def _nonsense(shape: Garbage) -> Response | None:
    """An answer given without looking at the request."""
    if shape is Garbage.HTTP_500:
        return Response.text("Internal error\n", status=500)
    if shape is Garbage.RANDOM:
        return Response(headers=(("content-type", IPP_TYPE),), body=os.urandom(_RANDOM_BYTES))
    return None


def _mangled(response: Response, shape: Garbage) -> Response:
    """The true answer, spoilt: the request has been carried out."""
    body = response.body
    if not isinstance(body, bytes) or len(body) <= _HEADER_BYTES:
        return response
    if shape is Garbage.TRUNCATED:
        return Response(headers=response.headers, body=body[: max(_HEADER_BYTES, len(body) // 2)])
    wrong = int.from_bytes(body[4:8], "big") ^ 0x5A5A
    return Response(headers=response.headers, body=body[:4] + wrong.to_bytes(4, "big") + body[8:])
