"""Running: virtual printers put on the network, until cancelled.

- Every printer is at /ipp/print/NAME of the shared listener, a single one also at /ipp/print; so is the control page.
- `apart` gives each printer a port of its own, where offline and power cuts really refuse connections, while the shared
  listener goes on answering for the control page.
"""

import functools
import socket
from collections.abc import Sequence
from pathlib import Path

import attrs
import trio

from tympan_net.http_server import Bound, Handler, Request, Response, ServerLimits, open_listeners, serve
from tympan_sim._addresses import CONTROL_PATH, Address
from tympan_sim._announcing import Announced, announcing
from tympan_sim._certificates import TlsIdentity
from tympan_sim._errors import ProfileInvalid
from tympan_sim._faults import Fault
from tympan_sim._handle import PrinterHandle
from tympan_sim._limits import CONNECTIONS, PRINTERS
from tympan_sim._profiles import Profile
from tympan_sim._site import Site, answer_alone

_LIMITS = ServerLimits(connections=CONNECTIONS)


async def run_printers(
    profiles: Sequence[Profile],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = True,
    apart: bool = False,
    announce: bool = False,
    directory: Path | None = None,
    faults: Sequence[Fault | str] = (),
    task_status: trio.TaskStatus[Site] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run virtual printers until cancelled: `site = await nursery.start(run_printers, [Profile()])`.

    Args:
        profiles: one for each printer; names must differ.
        host: address to listen on, and to stand in the printers' URIs.
        port: TCP port of the shared listener; 0 lets the system choose.
        tls: whether IPPS is spoken too, on the same port, with a certificate made now.
        apart: whether each printer has a port of its own.
        announce: whether they are announced by Bonjour on the link of `host`, which must be an address then.
        directory: keeps journals and printed documents, below a folder for each printer; None keeps records in memory.
        faults: in force from the start, at every printer.
        task_status: started with the `Site` once connections are accepted.

    Raises:
        ProfileInvalid: Names are not different, or too many.
        FaultUnreadable: A text names no fault.
        PortTaken: The port is in use.
    """
    _check_names(profiles)
    orders = [Fault.parse(fault) if isinstance(fault, str) else fault for fault in faults]
    identity = await trio.to_thread.run_sync(TlsIdentity, host) if tls else None
    listeners = await open_listeners((host,), port)
    places = _Places(host=host, port=listeners[0].socket.getsockname()[1], apart=apart, directory=directory)
    async with trio.open_nursery() as nursery:
        handles = [await _start(nursery, profile, places, identity, len(profiles) == 1) for profile in profiles]
        site = Site(handles, control_url=f"http://{places.netloc}{CONTROL_PATH}", identity=identity)
        await nursery.start(functools.partial(_serve, site.answer, listeners=listeners, identity=identity))
        for handle in site:
            handle.order(*orders)
        if announce:
            announced = [(profile, handle.address) for profile, handle in zip(profiles, handles, strict=True)]
            nursery.start_soon(_announce, announced, host, task_status, site)
        else:
            task_status.started(site)


async def _announce(printers: Sequence[Announced], host: str, task_status: trio.TaskStatus[Site], site: Site) -> None:
    async with announcing(printers, host):
        task_status.started(site)
        await trio.sleep_forever()


@attrs.frozen(kw_only=True)
class _Places:
    """Where everything goes: the shared listener, and the folder of folders."""

    host: str
    port: int
    apart: bool
    directory: Path | None

    @property
    def netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


async def _start(
    nursery: trio.Nursery, profile: Profile, places: _Places, identity: TlsIdentity | None, alone: bool
) -> PrinterHandle:
    """Put one printer to work, and on a line of its own when they stand apart."""
    reserved = _reserve(places.host) if places.apart else None
    address = Address(
        host=places.host,
        port=reserved.getsockname()[1] if reserved is not None else places.port,
        name=profile.name,
        tls=identity is not None,
        alone=alone or places.apart,
    )
    folder = places.directory / profile.name if places.directory is not None else None
    handle = PrinterHandle(profile, address, folder=folder, identity=identity, start=nursery.start_soon)
    nursery.start_soon(handle.run)
    if reserved is not None:
        await nursery.start(_run_line, handle, reserved, identity)
    return handle


async def _run_line(
    handle: PrinterHandle,
    reserved: socket.socket,
    identity: TlsIdentity | None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve a printer's own port while it is reachable; closed in between, so that connections are refused."""
    answer = functools.partial(_answer_alone, handle=handle)
    with reserved:
        while True:
            async with trio.open_nursery() as nursery:
                listeners = await open_listeners((handle.address.host,), handle.address.port)
                await nursery.start(functools.partial(_serve, answer, listeners=listeners, identity=identity))
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                await handle.until(lambda: not handle.reachable)
                nursery.cancel_scope.cancel()
            await handle.until(lambda: handle.reachable)


async def _answer_alone(request: Request, handle: PrinterHandle) -> Response:
    return await answer_alone(request, handle)


async def _serve(
    handler: Handler,
    *,
    listeners: Sequence[trio.SocketListener],
    identity: TlsIdentity | None,
    task_status: trio.TaskStatus[Bound],
) -> None:
    context = identity.context if identity is not None else None
    await serve(handler, listeners=listeners, ssl_context=context, limits=_LIMITS, task_status=task_status)


def _reserve(host: str) -> socket.socket:
    """A free port, kept by a socket that never listens: nobody else gets it while the printer is off."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((host, 0))
    return reserved


def _check_names(profiles: Sequence[Profile]) -> None:
    if not 1 <= len(profiles) <= PRINTERS:
        raise ProfileInvalid(f"a simulator runs 1 to {PRINTERS} printers, not {len(profiles)}")
    if len({profile.name for profile in profiles}) < len(profiles):
        raise ProfileInvalid("two printers have one name")
