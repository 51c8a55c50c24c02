"""Hands what was fetched on to machines near by: a repository's plain files, on addresses that were named.

Nothing of it is secret, and nobody who fetches believes it for where it comes from. Owns: the listening sockets.
"""

from __future__ import annotations

import http
import os
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from tympan.plugin import Host
from tympan_net.http_server import PortTaken, Request, Response, ServerLimits, open_listeners, serve
from tympan_updater._limits import PIECE_BYTES, PIECE_S, SHARE_CONNECTIONS
from tympan_updater._sources import open_beneath


class SharingService:
    """The port ``Service``; it does nothing where no address is named."""

    async def run(self, host: Host) -> None:
        """Serves until cancelled."""
        addresses = host.settings.texts("share_addresses")
        if not addresses:
            host.ready()
            host.note("updates are shared with nobody: name addresses of this machine in share_addresses")
            return
        mirror = await host.folder() / "mirror"
        try:
            listeners = await open_listeners(addresses, host.settings.integer("share_port"))
        except (PortTaken, OSError) as error:
            host.ready()
            host.note(f"updates cannot be shared: {error}")
            return
        host.ready()
        names = (listener.socket.getsockname() for listener in listeners)
        host.note(f"updates are shared at {', '.join(f'{name[0]}:{name[1]}' for name in names)}")
        limits = ServerLimits(connections=SHARE_CONNECTIONS, idle_timeout_s=PIECE_S, send_timeout_s=PIECE_S)

        async def handle(request: Request) -> Response:
            return await _answer(request, mirror)

        def on_error(request: Request, error: Exception) -> None:
            host.log("an update could not be handed on", path=request.path, error=repr(error))

        await serve(handle, listeners=listeners, limits=limits, on_error=on_error)


async def _answer(request: Request, mirror: Path) -> Response:
    name = request.path.lstrip("/")
    if request.method != "GET" or not name.startswith(("metadata/", "targets/")):
        return Response(status=http.HTTPStatus.NOT_FOUND)
    try:
        descriptor = await trio.to_thread.run_sync(open_beneath, mirror, name)
    except OSError:
        return Response(status=http.HTTPStatus.NOT_FOUND)
    pieces = _pieces(descriptor)
    await anext(pieces)  # one that never began would never close its file, and whoever fetches may be gone by now
    return Response(status=http.HTTPStatus.OK, body=pieces)


async def _pieces(descriptor: int) -> AsyncIterator[bytes]:
    with os.fdopen(descriptor, "rb") as file:
        yield b""
        while piece := await trio.to_thread.run_sync(file.read, PIECE_BYTES):
            yield piece
