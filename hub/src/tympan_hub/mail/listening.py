"""Where mail servers come in: connections on a socket that listens, and their end in order.

- At the end nobody new is let in; letters under way have some seconds, and what is cut off is brought again.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tympan_hub.domain.limits.mail import CLOSING_S, CONNECTIONS_MOST
from tympan_hub.mail.door import Connection, Full, Letters
from tympan_hub.service.letters import LetterService


class _Connections:
    """Those that are open."""

    def __init__(self, letters: LetterService, name: str) -> None:
        self._letters = Letters(letters)
        self._name = name
        self._open: set[Connection] = set()
        self._none = asyncio.Event()
        self._none.set()

    def new(self) -> asyncio.Protocol:
        """One more."""
        if len(self._open) >= CONNECTIONS_MOST:
            return Full()
        made = Connection(self._letters, self._name, self._ended)
        self._open.add(made)
        self._none.clear()
        return made

    async def end(self) -> None:
        """Ends all."""
        for one in tuple(self._open):
            one.say_goodbye()
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._none.wait()
        except TimeoutError:
            for one in tuple(self._open):
                one.hang_up()
            await asyncio.sleep(0)

    def _ended(self, connection: Connection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._none.set()


@asynccontextmanager
async def taking_letters(letters: LetterService, name: str, listening: socket.socket) -> AsyncIterator[None]:
    """Takes letters of mail servers that connect to a socket, until the end.

    Args:
        letters: Who takes what comes.
        name: As the hub greets.
        listening: A stream socket that listens; closed at the end.
    """
    there = _Connections(letters, name)
    loop, unix = asyncio.get_running_loop(), listening.family == getattr(socket, "AF_UNIX", None)
    making = loop.create_unix_server if unix else loop.create_server
    server = await making(there.new, sock=listening, **_shared(unix))
    try:
        yield
    finally:
        server.close()
        await there.end()


def _shared(unix: bool) -> dict[str, Any]:
    """The path of a socket stays when one of several processes ends; as of Python 3.13 asyncio would take it away."""
    return {"cleanup_socket": False} if unix and sys.version_info >= (3, 13) else {}
