"""A request body going out while its answer is listened for.

* A refusal in the middle of the body ends the sending at once and is the result, instead of a reset.
* An early success does not: small printers say yes first and still want the whole document.
* When the body's own source fails, the request is cut off, never ended as if it were complete.
"""

from collections.abc import AsyncIterator, Callable

import h11
import trio

from tympan_net._errors import NetError, TimedOut
from tympan_net._limits import LAST_WORDS_S, RECEIVE_BYTES, ClientLimits
from tympan_net._link import HttpAnswer, Link

Refusal = Callable[[HttpAnswer], bool]
"""Whether an answer that came early means that the rest of the body is not wanted."""


class Upload:
    """One request with a streamed body on one link."""

    __slots__ = (
        "_answer",
        "_error",
        "_limits",
        "_link",
        "_listening",
        "_peer",
        "_refuses",
        "_sending",
        "_source_error",
    )

    def __init__(self, link: Link, *, peer: str, limits: ClientLimits, refuses: Refusal) -> None:
        self._link = link
        self._peer = peer
        self._limits = limits
        self._refuses = refuses
        self._sending = trio.CancelScope()
        self._listening = trio.CancelScope()
        self._answer: HttpAnswer | None = None
        self._error: NetError | None = None
        self._source_error: Exception | None = None

    async def run(self, head: h11.Request, first: bytes, rest: AsyncIterator[bytes]) -> HttpAnswer:
        """Sends `head` (which says chunked), `first`, and what `rest` yields.

        Raises:
            PeerError: no usable answer in time.
            Exception: whatever `rest` raises.
        """
        self._link.heard = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            with self._sending:
                await self._send(head, first, rest)
            self._listening.deadline = trio.current_time() + self._patience()
        return self._result()

    async def _listen(self) -> None:
        try:
            with self._listening:
                self._answer = await self._link.read_answer()
        except NetError as error:
            self._error = self._error or error
        if self._answer is None or self._refuses(self._answer):
            self._sending.cancel()

    async def _send(self, head: h11.Request, first: bytes, rest: AsyncIterator[bytes]) -> None:
        try:
            await self._link.send(head, h11.Data(data=first))
            while (piece := await self._next(rest)) is not None:
                view = memoryview(piece)  # a slice of it is no copy
                for at in range(0, len(piece), RECEIVE_BYTES):
                    part = h11.Data(data=view[at : at + RECEIVE_BYTES])  # type: ignore[arg-type]  # any buffer will do
                    await self._link.send(part)
            if self._source_error is None:
                await self._link.send(h11.EndOfMessage())
        except NetError as error:
            self._error = error

    async def _next(self, rest: AsyncIterator[bytes]) -> bytes | None:
        timeout_s = self._limits.document_timeout_s
        try:
            with trio.fail_after(timeout_s):
                return await anext(rest, None)
        except trio.TooSlowError as error:
            self._source_error = TimedOut("The document's source", "give its next piece", timeout_s)
            self._source_error.__cause__ = error
        except Exception as error:
            self._source_error = error
        return None

    def _patience(self) -> float:
        if self._source_error:
            return 0.0
        return LAST_WORDS_S if self._error else self._limits.printing_timeout_s

    def _result(self) -> HttpAnswer:
        if self._source_error:
            raise self._source_error
        if self._answer:
            return self._answer
        raise self._error or TimedOut(self._peer, "answer", self._limits.printing_timeout_s)
