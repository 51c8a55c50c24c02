"""A document as its sender sends it, and whether that sender is still there to get what is made of it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from tympan_hub.domain.errors import BadInput

T = TypeVar("T")


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """A document as it comes; raises ``BadInput`` when it is cut off."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise BadInput("the document was cut off", next_step="Send it again.") from error


class Coming:
    """A document that comes in a request.

    Args:
        request: Nobody else reads its body.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._whole = asyncio.Event()

    async def pieces(self) -> AsyncIterator[bytes]:
        """As ``pieces``."""
        async for piece in pieces(self._request):
            yield piece
        self._whole.set()

    async def while_awaited(self, making: Coroutine[Any, Any, T]) -> T:
        """What is made of it; given up when its sender leaves first, so that nobody's converter runs for nobody.

        Raises:
            BadInput: The sender left; nobody will read that.
        """
        made, left = asyncio.create_task(making), asyncio.create_task(self._left())
        try:
            await asyncio.wait({made, left}, return_when=asyncio.FIRST_COMPLETED)
            if not made.done():
                raise BadInput("its sender left before the document was converted", next_step="Send it again.")
            return made.result()
        finally:
            made.cancel()
            left.cancel()
            await asyncio.gather(made, left, return_exceptions=True)

    async def _left(self) -> None:
        await self._whole.wait()
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
