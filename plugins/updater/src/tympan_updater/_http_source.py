"""A repository at an http or https URL, read with the project's own client: the system's proxy and trust store.

The Update Framework reads in a worker thread; each piece is asked for in the trio loop, with a deadline.
"""

from __future__ import annotations

import http
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

import trio

from tympan_net.http_client import HttpClient, HttpStream, NetError
from tympan_updater._errors import SourceAway
from tympan_updater._limits import METADATA_S, PIECE_S, TARGET_S
from tympan_updater._sources import NotThere


class HttpSource:
    """A server with a repository. Used in a worker thread of the trio loop that opened the client.

    Args:
        client: Whom it is asked with.
        address: Where the repository is.
    """

    def __init__(self, client: HttpClient, address: str) -> None:
        self._client = client
        self.name = address if address.endswith("/") else f"{address}/"

    def read(self, name: str) -> Iterator[bytes]:
        """As ``Source`` says."""
        deadline = trio.from_thread.run_sync(trio.current_time) + (
            TARGET_S if name.startswith("targets/") else METADATA_S
        )
        answer = self._client.stream(self.name + name)
        try:
            stream = trio.from_thread.run(_opened, answer)
        except (NetError, ValueError) as error:
            raise SourceAway(f"{self.name} does not answer: {error}") from error
        try:
            yield from self._pieces(stream, name, deadline)
        finally:
            trio.from_thread.run(_closed, answer)

    def _pieces(self, stream: HttpStream, name: str, deadline: float) -> Iterator[bytes]:
        if stream.status == http.HTTPStatus.NOT_FOUND:
            raise NotThere(name)
        if stream.status != http.HTTPStatus.OK:
            raise SourceAway(f"{self.name} answers {name} with HTTP {stream.status}")
        while True:
            try:
                piece = trio.from_thread.run(_next, stream, deadline)
            except (NetError, trio.TooSlowError) as error:
                raise SourceAway(f"{self.name} broke off within {name}: {error}") from error
            if piece is None:
                return
            yield piece


async def _opened(answer: AbstractAsyncContextManager[HttpStream]) -> HttpStream:
    return await answer.__aenter__()


async def _closed(answer: AbstractAsyncContextManager[HttpStream]) -> None:
    await answer.__aexit__(None, None, None)


async def _next(stream: HttpStream, deadline: float) -> bytes | None:
    with trio.fail_at(min(deadline, trio.current_time() + PIECE_S)):
        return await anext(stream.pieces, None)
