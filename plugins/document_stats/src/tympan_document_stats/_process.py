"""The worker seen from the agent: started, asked, killed.

Owns: one child process, from ``start`` to ``close``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from typing import Final, Self

import trio

from tympan.plugin import own_module
from tympan_document_stats._errors import BadFrame, WorkerLost
from tympan_document_stats._frames import HEAD, Kind, frame, parse_head
from tympan_document_stats._limits import CLOSE_S, FRAME_BYTES, PIECE_BYTES, START_S
from tympan_document_stats._model import Facts, Order

_PASSED_ON: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR")
"""Of the agent's environment; anything else, such as a secret of its service, stays with the agent."""
_COMMAND: Final = own_module("tympan_document_stats._worker")


class WorkerProcess:
    """One worker, for one document at a time."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._held = bytearray()

    @classmethod
    async def start(cls) -> Self:
        """A worker that is ready; raises ``WorkerLost``."""
        try:
            process = await trio.lowlevel.open_process(
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )
        except OSError as error:
            raise WorkerLost("the reading process does not start") from error
        return await cls(process)._greeted()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it may be asked."""
        return self._process.poll() is None

    async def ask(self, order: Order, key: bytes, sealed: bytes) -> AsyncIterator[Facts]:
        """Facts as they are found, the last the fullest; raises ``WorkerLost``."""
        try:
            await self._give(order, key, sealed)
            kind = Kind.PART
            while kind is Kind.PART:
                kind, payload = await self._next_frame()
                yield Facts.decode(payload)
        except (BadFrame, OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise WorkerLost("the reading process broke down") from error

    async def close(self) -> None:
        """Kills and reaps it: it holds nothing worth saving. Safe to call twice."""
        with trio.CancelScope(shield=True), trio.move_on_after(CLOSE_S):
            if self._process.poll() is None:
                self._process.kill()
            await self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    await pipe.aclose()

    async def _greeted(self) -> Self:
        try:
            with trio.fail_after(START_S):
                await self._next_frame()
        except (trio.TooSlowError, BadFrame) as error:
            await self.close()
            raise WorkerLost("the reading process does not start") from error
        except BaseException:
            await self.close()
            raise
        return self

    async def _give(self, order: Order, key: bytes, sealed: bytes) -> None:
        if self._process.stdin is None:
            raise AssertionError("the worker was started without a pipe")
        await self._process.stdin.send_all(frame(Kind.ORDER, order.encode()) + frame(Kind.KEY, key))
        for start in range(0, len(sealed), FRAME_BYTES):
            await self._process.stdin.send_all(frame(Kind.SEALED, sealed[start : start + FRAME_BYTES]))

    async def _next_frame(self) -> tuple[Kind, bytes]:
        kind, size = parse_head(await self._take(HEAD.size))
        return kind, await self._take(size)

    async def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            self._held += await self._receive()
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    async def _receive(self) -> bytes:
        if self._process.stdout is None:
            raise AssertionError("the worker was started without a pipe")
        data = await self._process.stdout.receive_some(PIECE_BYTES)
        if not data:
            raise WorkerLost("the reading process broke down")
        return bytes(data)
