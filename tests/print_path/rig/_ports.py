"""Free TCP ports on loopback, and whether somebody answers on one."""

from __future__ import annotations

import random
import socket

import trio

from rig._ground import connected
from rig._limits import PROBE_S

_RANGE = range(20_000, 32_000)
"""Below the ports the system hands out for outgoing connections, so that no client takes one between look and use."""
_FAMILIES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def _is_free(port: int) -> bool:
    for family, host in _FAMILIES:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if family == socket.AF_INET or isinstance(error, PermissionError) or error.errno == 98:
                    return False
    return True


def free_port() -> int:
    """A port nobody listens on, chosen at random so that tests run side by side do not meet."""
    chosen = random.SystemRandom()
    return next(port for port in iter(lambda: chosen.choice(_RANGE), None) if _is_free(port))


async def answers_http(port: int, path: str = "/") -> bool:
    """Whether an HTTP server answers on 127.0.0.1, whatever its answer."""
    with trio.move_on_after(PROBE_S):
        try:
            async with await connected("127.0.0.1", port) as stream:
                await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                return (await stream.receive_some(16)).startswith(b"HTTP/")
        except (OSError, trio.BrokenResourceError):
            return False
    return False


async def answers_post(
    port: int, path: str, token: str, question: bytes = b"{}", *, within_s: float = PROBE_S
) -> bytes | None:
    """What the control at 127.0.0.1 answers; None while it does not, or refuses."""
    who = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n"
    what = f"Content-Type: application/json\r\nContent-Length: {len(question)}\r\nConnection: close\r\n\r\n"
    with trio.move_on_after(within_s):
        try:
            async with await connected("127.0.0.1", port) as stream:
                await stream.send_all(f"{who}{what}".encode() + question)
                head, _, body = b"".join([piece async for piece in stream]).partition(b"\r\n\r\n")
                return body if head.startswith(b"HTTP/1.1 200 ") else None
        except (OSError, trio.BrokenResourceError):
            return None
    return None
