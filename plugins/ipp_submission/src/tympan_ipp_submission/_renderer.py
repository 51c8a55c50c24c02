"""A renderer seen from the agent: started, fed, read and killed.

Owns: its child processes, from ``open_renderer`` to the end of its ``async with`` block.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

import trio

from tympan.plugin import SharedDocument, own_module
from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._frames import HEAD, BadFrame, Kind, Order, frame, parse_head
from tympan_ipp_submission._layout import shares_used
from tympan_ipp_submission._limits import (
    FRAME_BYTES,
    RENDER_AHEAD_BYTES,
    RENDER_CLOSE_S,
    RENDER_PROCESSES,
    RENDER_STALL_S,
)

_PASSED_ON: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR")
"""Of the agent's environment; anything else, such as a secret of its service, stays with the agent."""


class Renderer:
    """Rendered bytes, as they come, of one document.

    Long documents have several processes, each with every so-manieth page; they are read page by page in turn.

    Attributes:
        pages: Pages complete so far.
    """

    def __init__(self, plan: RenderPlan, shared: SharedDocument) -> None:
        self._plan = plan
        self._shared = shared
        self._shares = min(RENDER_PROCESSES, os.cpu_count() or 1)
        self._workers: list[_Worker] = []
        self._first: bytes | None = None
        self._count: int | None = None
        self.pages = 0

    async def wait_first(self) -> None:
        """Returns when there are bytes to send, so that a document that cannot be opened never reaches the device.

        Raises:
            RenderFailed: The document cannot be rendered.
        """
        self._first = await self._next_data()

    async def stream(self) -> AsyncIterator[bytes]:
        """Rendered bytes to the end; raises ``RenderFailed``."""
        data = self._first or await self._next_data()
        self._first = None
        while data is not None:
            yield data
            data = await self._next_data()

    async def start(self) -> None:
        """Starts the first process; whether others are of use is known once it has opened the document."""
        await self._add()

    async def end(self) -> None:
        """Kills what runs: a rendering process holds nothing worth saving."""
        for worker in self._workers:
            await worker.end()

    async def _next_data(self) -> bytes | None:
        while self._count is None or self.pages < self._count:
            kind, payload = await self._workers[self.pages % len(self._workers)].next_frame()
            if kind is Kind.DATA:
                return payload
            if kind is Kind.PAGE:
                self.pages += 1
            elif kind is Kind.COUNT:
                await self._counted(int.from_bytes(payload, "big"))
            elif kind is Kind.DONE:
                return None
            else:
                raise _failure(payload)
        return None

    async def _counted(self, pages: int) -> None:
        """The first process goes by the same rule, and leaves their pages to the others."""
        if self._count is None:
            self._count = pages
            for _ in range(1, shares_used(pages, self._shares)):
                await self._add()

    async def _add(self) -> None:
        worker = await _Worker.start()
        self._workers.append(worker)
        order = Order.of(self._plan, self._shared, share=len(self._workers) - 1, shares=self._shares)
        await _give_order(worker.process, order, self._shared)


class _Worker:
    """One renderer's process.

    Owns: the process, from ``start`` to ``end``.
    """

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self._held = bytearray()

    @classmethod
    async def start(cls) -> Self:
        """A process that waits for its order."""
        process = await trio.lowlevel.open_process(
            own_module("tympan_ipp_submission._worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        _widen(process)
        return cls(process)

    async def next_frame(self) -> tuple[Kind, bytes]:
        """The next frame; raises ``RenderFailed``."""
        try:
            kind, size = parse_head(await self._take(HEAD.size))
        except BadFrame as error:
            raise RenderFailed("The renderer broke down on this document; make the PDF anew.") from error
        return kind, await self._take(size)

    async def _take(self, size: int) -> bytes:
        with trio.move_on_after(RENDER_STALL_S) as scope:
            while len(self._held) < size:
                self._held += await self._receive()
        if scope.cancelled_caught:
            raise RenderFailed("A page of the document takes too long to render; make it simpler.")
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    async def _receive(self) -> bytes:
        if self.process.stdout is None:
            raise AssertionError("the renderer was started without a pipe")
        data = await self.process.stdout.receive_some(256 * 1024)
        if not data:
            raise RenderFailed("The renderer broke down on this document; make the PDF anew.")
        return bytes(data)

    async def end(self) -> None:
        """Kills it: a rendering process holds nothing worth saving."""
        with trio.CancelScope(shield=True), trio.move_on_after(RENDER_CLOSE_S):
            if self.process.returncode is None:
                self.process.kill()
            await self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    await pipe.aclose()


def _widen(process: trio.Process) -> None:
    """Lets it work ahead, where the system can: else it stands still until its turn after the first 64 KiB."""
    pipe = process.stdout
    if sys.platform == "linux" and isinstance(pipe, trio.lowlevel.FdStream):
        import fcntl

        with contextlib.suppress(OSError):  # what one user may have in pipes is bounded
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, RENDER_AHEAD_BYTES)


@asynccontextmanager
async def open_renderer(plan: RenderPlan, shared: SharedDocument) -> AsyncIterator[Renderer]:
    """Starts a renderer on a document; kills all its processes when the block is left."""
    renderer = Renderer(plan, shared)
    try:
        await renderer.start()
        yield renderer
    finally:
        await renderer.end()


async def _give_order(process: trio.Process, order: Order, shared: SharedDocument) -> None:
    if process.stdin is None:
        raise AssertionError("the renderer was started without a pipe")
    try:
        with trio.fail_after(RENDER_STALL_S):
            await process.stdin.send_all(frame(Kind.ORDER, order.encode()))
            sealed = b"" if shared.path else shared.inline
            for start in range(0, len(sealed), FRAME_BYTES):
                await process.stdin.send_all(frame(Kind.SEALED, sealed[start : start + FRAME_BYTES]))
        await process.stdin.aclose()
    except (trio.BrokenResourceError, trio.TooSlowError) as error:
        raise RenderFailed("The renderer did not start; look at the agent's installation.") from error


def _failure(payload: bytes) -> RenderFailed:
    try:
        told = json.loads(payload)
        return RenderFailed(str(told["cause"]), reason=str(told["reason"]))
    except (ValueError, KeyError, TypeError):
        return RenderFailed("The renderer broke down on this document; make the PDF anew.")
