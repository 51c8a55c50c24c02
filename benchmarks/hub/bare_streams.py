"""The peer of notice streams: uvicorn with uvloop and streams that do nothing else.

POST /shout says a line on each, POST /tell on the one that was opened last.

No token, no database, no tenant: what the server itself costs.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

BACKLOG = 4096
LINE = b'{"kind":"look","topic":"desired"}\n'
_streams: dict[asyncio.Queue[bytes], None] = {}


async def stream(_: Request) -> Response:
    """A stream that is open until its reader goes."""
    return StreamingResponse(_lines(), media_type="application/x-ndjson")


async def _lines() -> AsyncIterator[bytes]:
    queue: asyncio.Queue[bytes] = asyncio.Queue(8)
    _streams[queue] = None
    try:
        yield b'{"kind":"hello"}\n'
        while True:
            yield await queue.get()
    finally:
        del _streams[queue]


async def shout(_: Request) -> Response:
    """Says a line on every stream."""
    for queue in _streams:
        queue.put_nowait(LINE)
    return Response(status_code=204)


async def tell(_: Request) -> Response:
    """Says a line on one stream."""
    next(reversed(_streams)).put_nowait(LINE)
    return Response(status_code=204)


def main() -> None:
    """Serves on a free port until it is ended."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    said = [Route("/shout", shout, methods=["POST"]), Route("/tell", tell, methods=["POST"])]
    app = Starlette(routes=[Route("/streams", stream), *said])
    config = uvicorn.Config(app, backlog=BACKLOG, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    print(f"tympan-hub answers on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
