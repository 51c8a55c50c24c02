"""The body of a request, read whole before anything is done: bounded in size and time by the hub's guard.

Documents are the exception: they go to disk as they come. So are parts of uploads, of which each process has room for
some.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tympan_hub.domain.errors import HubError
from tympan_hub.http.api._no import no

_STREAMED: Final = re.compile(r"/hand-ins/(conversions|documents|uploads/[^/]*/parts/[^/]*)$")


class WholeBody:
    """Reads the body, or says why not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or _STREAMED.search(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            messages = await _read(receive)
        except HubError as error:
            await no(error)(scope, receive, send)
        else:
            await self._app(scope, _again(messages, receive), send)


async def _read(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _again(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def replayed() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return replayed
