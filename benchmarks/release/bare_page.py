"""The peer of a tap: uvicorn that answers a POST and does nothing else. Prints its port."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def taken(request: Request) -> Response:
    """Reads the body."""
    await request.body()
    return Response(status_code=202)


def main() -> None:
    """Serves on a free port until it is ended."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=[Route("/taken", taken, methods=["POST"])]), log_level="error", lifespan="off"
    )
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
