"""Applications that are made when somebody first asks them: the portal and the API take half of a hub's start.

One is made in a thread, so that whoever else asks the hub meanwhile is answered.
"""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class Late:
    """An ASGI application that passes everything on to the one it makes.

    Args:
        make: Makes it, and imports what it is made of.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        await (self._made or await self._first())(scope, receive, send)

    async def _first(self) -> ASGIApp:
        async with self._making:  # who asks meanwhile waits for the same one
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made
