"""Where the hub listens, and where it says that it is reached."""

import socket
from typing import Final
from urllib.parse import urlsplit

from tympan_hub.domain.errors import BadInput

_BACKLOG: Final = 4096


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens; raises ``BadInput`` where nobody can."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        cause = f"nobody can listen on {host} port {port}: {error.strerror or error}"
        raise BadInput(cause, next_step="Choose another port with --port, or another address with --host.") from error
    made.setblocking(False)
    return made


def public_address(given: str) -> str:
    """An address links can begin with, without a slash at its end; "" stays so. Raises ``BadInput`` for any other."""
    try:
        parts = urlsplit(given)
        parts.port  # noqa: B018  # raises for what is no port
    except ValueError as error:
        raise _no_address(given) from error
    right = parts.scheme in ("http", "https") and parts.hostname and given.isascii() and given.isprintable()
    if given and (not right or " " in given or "@" in parts.netloc or parts.query or parts.fragment):
        raise _no_address(given)
    return given.rstrip("/")


def _no_address(given: str) -> BadInput:
    next_step = "Give the one in people's browsers, such as https://print.example.org."
    return BadInput(f"{given!r:.200} is no address the hub can be reached at", next_step=next_step)
