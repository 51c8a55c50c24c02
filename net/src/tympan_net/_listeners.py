"""Listening TCP sockets on every address of a list, all on one port."""

import contextlib
import errno
from collections.abc import Sequence

import attrs
import trio

from tympan_net._errors import PortTaken

_PORT_DRAWS = 16
"""Attempts to find one free port common to several addresses."""


@attrs.frozen(kw_only=True)
class Bound:
    """Where a server listens.

    Attributes:
        port: the TCP port of the first listener.
        addresses: (address, port) of every listener.
    """

    port: int
    addresses: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, listeners: Sequence[trio.SocketListener]) -> "Bound":
        """The addresses of open listeners."""
        names = tuple(_name(listener.socket.getsockname()) for listener in listeners)
        return cls(port=names[0][1], addresses=names)


def _name(address: str | tuple[str, int]) -> tuple[str, int]:
    """A Unix-domain socket is named by its path and has no port."""
    return (address, 0) if isinstance(address, str) else (address[0], address[1])


async def open_listeners(hosts: Sequence[str], port: int) -> list[trio.SocketListener]:
    """Listens on every host, on one port; with port 0 on one the system chooses.

    Owns: the listeners returned are the caller's to close.

    Raises:
        PortTaken: the port is in use, or this user may not bind it.
    """
    for _ in range(0 if port else _PORT_DRAWS):
        with contextlib.suppress(PortTaken):
            return await _open_all(hosts, port)
    return await _open_all(hosts, port)


async def _open_all(hosts: Sequence[str], port: int) -> list[trio.SocketListener]:
    opened: list[trio.SocketListener] = []
    try:
        for address in [found for host in hosts for found in await _addresses(host)]:
            opened += await _open_address(address, port)
            port = port or opened[0].socket.getsockname()[1]
    except BaseException:
        for listener in opened:
            listener.socket.close()
        raise
    return opened


async def _addresses(host: str) -> list[str]:
    """Every address of a host name: "localhost" is often two, and both must get the same port."""
    found = await trio.socket.getaddrinfo(host, 0, type=trio.socket.SOCK_STREAM, flags=trio.socket.AI_PASSIVE)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _open_address(host: str, port: int) -> list[trio.SocketListener]:
    try:
        return await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        if error.errno == errno.EACCES:
            raise PortTaken(host, port, forbidden=True) from error
        raise
