"""Many readers of notice streams in one process of their own: opens them, then tells when a notice reached each.

Started with a JSON object on standard input (``port``, ``path``, ``headers``: one object a reader). Prints a line
``{"open": N, "seconds": S}`` when all have heard the first line; on a line from standard input it takes the next notice
of each, and prints ``{"heard": [monotonic seconds, ...]}`` once all have it or the time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import Any, Final, cast

import uvloop

AT_ONCE: Final = 100
"""Connections that are being opened at the same time."""
OPEN_S: Final = 180.0
HEARD_S: Final = 30.0
_HELLO: Final = b'"hello"'
_LOOK: Final = b'"look"'
_WELL: Final = b"HTTP/1.1 200 "


class Reader(asyncio.Protocol):
    """One stream as its reader sees it."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self.hello = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the stream."""
        cast("asyncio.WriteTransport", transport).write(self._request)  # uvloop's is none by name

    def data_received(self, data: bytes) -> None:
        """A few lines; each fits a segment on loopback."""
        if _LOOK in data:
            self._crowd.hears(time.monotonic())
        elif _HELLO in data and not self.hello.done():
            self.hello.set_result(None)
        elif not self.hello.done() and not data.startswith(_WELL):
            self.hello.set_exception(ConnectionError(data[:200].decode("ascii", "replace")))

    def connection_lost(self, error: Exception | None) -> None:
        """Hung up on: a reader that never hears is not counted as one that does."""
        if not self.hello.done():
            self.hello.set_exception(ConnectionError("a stream was refused"))


class Crowd:
    """All readers."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._wanted = wanted
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._heard: list[float] = []
        self._all = asyncio.Event()

    def hears(self, moment: float) -> None:
        """A notice reached one of them."""
        self._heard.append(moment)
        if len(self._heard) >= len(self._wanted["headers"]):
            self._all.set()

    async def open(self) -> None:
        """Opens every stream."""
        async with asyncio.timeout(OPEN_S), asyncio.TaskGroup() as group:
            for headers in self._wanted["headers"]:
                group.create_task(self._one(headers))

    async def _one(self, headers: dict[str, str]) -> None:
        lines = [f"GET {self._wanted['path']} HTTP/1.1", "Host: hub", *(f"{n}: {v}" for n, v in headers.items())]
        request = "\r\n".join([*lines, "", ""]).encode()
        async with self._gate:
            loop = asyncio.get_running_loop()
            _, reader = await loop.create_connection(lambda: Reader(self, request), "127.0.0.1", self._wanted["port"])
            await reader.hello

    async def listen(self) -> list[float]:
        """When the next notice reached each; those it did not reach are missing."""
        self._heard.clear()
        self._all.clear()
        print("listening", flush=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all.wait(), HEARD_S)
        return list(self._heard)


async def main() -> None:
    """Opens, then listens as often as it is told to."""
    loop = asyncio.get_running_loop()
    crowd = Crowd(json.loads(sys.stdin.readline()))
    start = time.monotonic()
    await crowd.open()
    print(json.dumps({"seconds": time.monotonic() - start}), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({"heard": await crowd.listen()}), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
