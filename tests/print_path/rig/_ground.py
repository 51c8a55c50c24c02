"""Where what the rig starts and asks stands: on the machine itself, or on a host that a test made.

- A program stays where it was made: whoever starts it again later need not stand there.
- Loopback is each host's own, so ports are asked from where their program stands.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final, Protocol

import attrs
import trio


@attrs.frozen(kw_only=True)
class Room:
    """What a process enters to be there: namespaces of Linux.

    Attributes:
        network: The file of the network's.
        name: What it takes for the machine's; "" leaves it.
        resolv: Its ``resolv.conf``, where there is a name.
    """

    network: Path
    name: str = ""
    resolv: Path = Path("/dev/null")


class Ground(Protocol):
    """A place with a network of its own."""

    @property
    def room(self) -> Room | None:
        """What is entered to be there; None for the machine itself."""

    def argv(self, *command: str | Path) -> list[str]:
        """A command that runs there; the process that is started is the command itself."""

    def socket(self, family: int, kind: int) -> socket.socket:
        """A socket there, for this process."""


class Machine:
    """The machine the tests run on."""

    room: Room | None = None

    def argv(self, *command: str | Path) -> list[str]:
        """The command as it is."""
        return [str(word) for word in command]

    def socket(self, family: int, kind: int) -> socket.socket:
        """A usual socket."""
        return socket.socket(family, kind)


_GROUND: ContextVar[Ground | None] = ContextVar("ground", default=None)
_MACHINE: Final[Ground] = Machine()


def ground() -> Ground:
    """Where the caller stands."""
    return _GROUND.get() or _MACHINE


@contextmanager
def standing_on(place: Ground) -> Iterator[None]:
    """Commands, programs and questions of the block are of that place."""
    before = _GROUND.set(place)
    try:
        yield
    finally:
        _GROUND.reset(before)


async def connected(host: str, port: int) -> trio.SocketStream:
    """A connection from where the caller stands; raises ``OSError`` when there is none to be had."""
    made = trio.socket.from_stdlib_socket(ground().socket(socket.AF_INET, socket.SOCK_STREAM))
    try:
        await made.connect((host, port))
    except BaseException:
        made.close()
        raise
    return trio.SocketStream(made)
