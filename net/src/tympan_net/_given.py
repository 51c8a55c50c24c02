"""Listening sockets that a service manager holds for this process (sd_listen_fds(3)).

* It holds them while the process is away: who connects meanwhile waits, and nobody else gets the port.
* They are never closed here: each server has a copy, and the next one of this process another.
"""

import os
import socket
from collections.abc import Mapping
from typing import Final

import trio

FIRST: Final = 3
"""The number of the first descriptor that is given."""
_MOST: Final = 64
"""A number beyond it is none that a manager would give."""


def given_addresses(env: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Where a service manager listens for this process: addresses and ports; none where nobody does."""
    return tuple(address for _, address in _given(env))


def given_listeners(env: Mapping[str, str], port: int) -> dict[str, trio.SocketListener]:
    """Copies of what is held for a port, by address.

    Args:
        env: The process's environment.
        port: TCP port; none is held for port 0.

    Owns: the listeners are the caller's to close.
    """
    found: dict[str, trio.SocketListener] = {}
    for descriptor, (host, at) in _given(env):
        if at == port and host not in found:
            copy = socket.socket(fileno=os.dup(descriptor))
            found[host] = trio.SocketListener(trio.socket.from_stdlib_socket(copy))
    return found


def _given(env: Mapping[str, str]) -> list[tuple[int, tuple[str, int]]]:
    """Descriptors with their addresses; those of another process, inherited in the environment, are none of ours."""
    told = env.get("LISTEN_FDS", "")
    if env.get("LISTEN_PID") != str(os.getpid()) or not told.isdecimal() or int(told) > _MOST:
        return []
    descriptors = range(FIRST, FIRST + int(told))
    return [(each, address) for each in descriptors if (address := _address(each)) is not None]


def _address(descriptor: int) -> tuple[str, int] | None:
    try:
        os.set_inheritable(descriptor, False)
        seen = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        listens = seen.type == socket.SOCK_STREAM and seen.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        ours = listens and seen.family in (socket.AF_INET, socket.AF_INET6)
        return seen.getsockname()[:2] if ours else None
    except OSError:
        return None
    finally:
        seen.detach()
