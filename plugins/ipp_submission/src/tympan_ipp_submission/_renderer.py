"""A renderer seen from the agent: started, fed, read and killed.

Owns: one child process, from ``open_renderer`` to the end of its ``async with`` block.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from tympan.plugin import SharedDocument
from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._format import RenderPlan
from tympan_ipp_submission._frames import HEAD, BadFrame, Kind, Order, frame, parse_head
from tympan_ipp_submission._limits import FRAME_BYTES, RENDER_CLOSE_S, RENDER_STALL_S

_PASSED_ON: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR")
"""Of the agent's environment; anything else, such as a secret of its service, stays with the agent."""


class Renderer:
    """Rendered bytes, as they come.

    Attributes:
        pages: Pages complete so far.
    """

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._held = bytearray()
        self._first: bytes | None = None
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

    async def _next_data(self) -> bytes | None:
        while True:
            kind, payload = await self._next_frame()
            if kind is Kind.DATA:
                return payload
            if kind is Kind.PAGE:
                self.pages += 1
            elif kind is Kind.DONE:
                return None
            else:
                raise _failure(payload)

    async def _next_frame(self) -> tuple[Kind, bytes]:
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
        if self._process.stdout is None:
            raise AssertionError("the renderer was started without a pipe")
        data = await self._process.stdout.receive_some(256 * 1024)
        if not data:
            raise RenderFailed("The renderer broke down on this document; make the PDF anew.")
        return bytes(data)


@asynccontextmanager
async def open_renderer(plan: RenderPlan, shared: SharedDocument) -> AsyncIterator[Renderer]:
    """Starts a renderer on a document; kills it when the block is left."""
    process = await trio.lowlevel.open_process(
        [sys.executable, "-P", "-m", "tympan_ipp_submission._worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    )
    try:
        await _give_order(process, plan, shared)
        yield Renderer(process)
    finally:
        await _end(process)


async def _give_order(process: trio.Process, plan: RenderPlan, shared: SharedDocument) -> None:
    if process.stdin is None:
        raise AssertionError("the renderer was started without a pipe")
    try:
        with trio.fail_after(RENDER_STALL_S):
            await process.stdin.send_all(frame(Kind.ORDER, Order.of(plan, shared).encode()))
            sealed = b"" if shared.path else shared.inline
            for start in range(0, len(sealed), FRAME_BYTES):
                await process.stdin.send_all(frame(Kind.SEALED, sealed[start : start + FRAME_BYTES]))
        await process.stdin.aclose()
    except (trio.BrokenResourceError, trio.TooSlowError) as error:
        raise RenderFailed("The renderer did not start; look at the agent's installation.") from error


async def _end(process: trio.Process) -> None:
    """A rendering process holds nothing worth saving, so it is killed outright."""
    with trio.CancelScope(shield=True), trio.move_on_after(RENDER_CLOSE_S):
        if process.returncode is None:
            process.kill()
        await process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                await pipe.aclose()


def _failure(payload: bytes) -> RenderFailed:
    try:
        told = json.loads(payload)
        return RenderFailed(str(told["cause"]), reason=str(told["reason"]))
    except (ValueError, KeyError, TypeError):
        return RenderFailed("The renderer broke down on this document; make the PDF anew.")
