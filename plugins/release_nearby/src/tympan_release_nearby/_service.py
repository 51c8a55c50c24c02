"""The service: listens on this computer's addresses in private networks, and tells the hub where that is.

Owns: the listening sockets; none is open when it ends, and none outlives the address it was opened for.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from tympan.plugin import Host, HubLink, TympanError
from tympan_net.http_server import PortTaken, Request, ServerLimits, open_listeners, serve
from tympan_release_nearby._addresses import door, own_addresses, set_addresses
from tympan_release_nearby._limits import CONNECTIONS, IDLE_S, LOOK_S, OPEN_AGAIN_S, TELL_AGAIN_S, TELL_S
from tympan_release_nearby._site import NearbySite
from tympan_wire.hub import NearRequest, Operation, encode


class NearbyService:
    """The port ``Service`` of this plugin.

    Args:
        addresses: This computer's in private networks.
        look_s: Between two looks at them.
    """

    def __init__(self, addresses: Callable[[], tuple[str, ...]] = own_addresses, look_s: float = LOOK_S) -> None:
        self._addresses = addresses
        self._look_s = look_s

    async def run(self, host: Host) -> None:
        """Serves until cancelled."""
        host.ready()
        while True:
            addresses = self._wanted(host)
            if not addresses:
                host.note("this computer is in no private network: phones cannot reach it")
                await trio.sleep(self._look_s)
                continue
            await self._serve_while_there(host, addresses)

    def _wanted(self, host: Host) -> tuple[str, ...]:
        return set_addresses(host.settings.texts("addresses")) or self._addresses()

    async def _serve_while_there(self, host: Host, addresses: tuple[str, ...]) -> None:
        try:
            listeners = await open_listeners(addresses, host.settings.integer("port"))
        except (PortTaken, OSError) as error:
            host.note(f"phones cannot reach this computer: {error}")
            await trio.sleep(min(OPEN_AGAIN_S, self._look_s))
            return
        names = [listener.socket.getsockname() for listener in listeners]
        doors = tuple(door(name[0], name[1]) for name in names)
        host.note(f"phones reach this computer at {', '.join(doors)}")
        async with trio.open_nursery() as nursery:
            await nursery.start(_serve, host, listeners, doors)
            nursery.start_soon(tell_doors, host, doors)
            await self._until_moved(host, addresses)
            nursery.cancel_scope.cancel()

    async def _until_moved(self, host: Host, addresses: tuple[str, ...]) -> None:
        while True:
            await trio.sleep(self._look_s)
            if self._wanted(host) != addresses:
                return


async def tell_doors(host: Host, doors: tuple[str, ...]) -> None:
    """Tells the hub again and again, which forgets what it did not hear for some minutes."""
    while True:
        heard = await _told(host, doors)
        await trio.sleep(TELL_S if heard else TELL_AGAIN_S)


async def _told(host: Host, doors: tuple[str, ...]) -> bool:
    for link in host.ports(HubLink):  # type: ignore[type-abstract]
        try:
            await link.request(Operation.NEAR, encode(NearRequest(doors=doors)))
        except TympanError:
            continue
        return True
    return False


async def _serve(
    host: Host,
    listeners: list[trio.SocketListener],
    doors: tuple[str, ...],
    task_status: trio.TaskStatus[object] = trio.TASK_STATUS_IGNORED,
) -> None:
    def on_error(request: Request, error: Exception) -> None:
        host.log("the page for phones failed", path=request.path, error=repr(error))

    limits = ServerLimits(connections=CONNECTIONS, idle_timeout_s=IDLE_S, body_timeout_s=IDLE_S, send_timeout_s=IDLE_S)
    site = NearbySite(host, doors)
    await serve(site.handle, listeners=listeners, limits=limits, on_error=on_error, task_status=task_status)
