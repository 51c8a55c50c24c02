"""A notice stream read straight from the application: httpx's ASGI transport would wait for its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
from starlette.applications import Starlette

from hub_rig._agent import HEADERS
from tympan_wire.hub import NOTICES_PATH, News, decode

_WAIT_S = 20.0


@attrs.define
class OpenStream:
    """A stream that is open."""

    messages: asyncio.Queue[dict[str, Any]]
    task: asyncio.Task[None]
    gone: asyncio.Event
    ended: bool = False

    async def line(self) -> Any:
        """The next line; None when the hub hung up."""
        async with asyncio.timeout(_WAIT_S):
            while True:
                message = await self.messages.get()
                if message.get("body"):
                    kind: Any = News
                    return decode(kind, message["body"])
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    return None

    @property
    def idle(self) -> bool:
        """Nothing waits to be read."""
        return self.messages.empty()

    async def leave(self) -> None:
        """The reader goes away."""
        self.gone.set()
        async with asyncio.timeout(_WAIT_S):
            await self.task


@asynccontextmanager
async def notices(app: Starlette, token: str) -> AsyncIterator[OpenStream]:
    """An open stream; the status must be 200."""
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    gone = asyncio.Event()
    headers = {**HEADERS, "Authorization": f"Bearer {token}"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": NOTICES_PATH,
        "raw_path": NOTICES_PATH.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "server": ("hub.example", 80),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.put_nowait(dict(message))

    task = asyncio.create_task(app(scope, receive, send))
    async with asyncio.timeout(_WAIT_S):
        start = await messages.get()
    assert start["status"] == 200, start
    stream = OpenStream(messages=messages, task=task, gone=gone)
    try:
        yield stream
    finally:
        await stream.leave()
