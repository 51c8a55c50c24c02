"""The API as it is mounted: made when somebody first asks it, for that takes a third of a hub's start.

It is made in a thread, so that whoever else asks the hub meanwhile is answered.
"""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from tympan_hub.service import Services

PREFIX: Final = "/api/v1"
"""Where it is mounted."""


class LateApi:
    """An ASGI application that passes everything on to the API's.

    Args:
        services: What the API asks.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI says."""
        await (self._made or await self._make())(scope, receive, send)

    async def _make(self) -> ASGIApp:
        async with self._making:  # who asks meanwhile waits for the same one
            if self._made is None:
                self._made = await asyncio.to_thread(_api, self._services)
            return self._made


def _api(services: Services) -> ASGIApp:
    from tympan_hub.http.api._app import api  # every kind of request and answer: see above

    return api(services)
