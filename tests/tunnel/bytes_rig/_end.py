"""An agent's end of a transfer, as the process that `bytes_rig._program` is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from bytes_rig._sealed import Sealed

_PROGRAM = Path(__file__).with_name("_program.py")
_RIGS = Path(__file__).parents[3] / "plugins" / "transport_https" / "tests"
_LINE_BYTES = 64 * 1024


@attrs.define(eq=False)
class End:
    """An end that runs.

    Attributes:
        agent: Which agent it is.
    """

    agent: str
    _process: trio.Process
    _said: bytearray

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    async def token(self) -> str:
        """An access token, for requests that somebody else makes in its place."""
        return str((await self._ask(do="token"))["token"])

    async def upload(self, document: Sealed, name: str, rate: int = 0) -> dict[str, Any]:
        """Uploads a document; gives its reference and how long it took."""
        return await self._ask(do="upload", path=str(document.path), name=name, rate=rate)

    async def download(self, document: Sealed, reference: str) -> dict[str, Any]:
        """Downloads and opens it; gives the checksum and how long it took."""
        wanted = {"size": document.size, "key": document.key, "document": str(document.document)}
        return await self._ask(do="download", reference=reference, **wanted)

    async def _ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        await self._process.stdin.send_all(json.dumps(order).encode() + b"\n")
        return await said_by(self._process, self._said)


async def said_by(process: trio.Process, said: bytearray) -> dict[str, Any]:
    """The next line."""
    assert process.stdout is not None
    while b"\n" not in said:
        piece = await process.stdout.receive_some(_LINE_BYTES)
        if not piece:
            raise RuntimeError("the end of a transfer ended itself; what it said is in the test's output")
        said += piece
    line, _, rest = said.partition(b"\n")
    said[:] = rest
    found: dict[str, Any] = json.loads(line)
    return found


@asynccontextmanager
async def end(address: str, token: str) -> AsyncIterator[End]:
    """An end that enrolled at a hub; it is killed when the block ends."""
    process = await trio.lowlevel.open_process(
        [sys.executable, str(_PROGRAM), address, token],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(_RIGS)},
    )
    said = bytearray()
    try:
        yield End((await said_by(process, said))["agent"], process, said)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
