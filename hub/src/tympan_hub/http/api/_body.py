"""The body of a request, read whole before anything is done: bounded in size by the hub's guard, here in time."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits import API_BODY_S
from tympan_hub.http.api._no import no, slow


class WholeBody:
    """Reads the body, or says why not."""

    def __init__(self, app: ASGIApp, seconds: float = API_BODY_S) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                messages = await _read(receive)
        except TimeoutError:
            await slow(self._seconds)(scope, receive, send)
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
