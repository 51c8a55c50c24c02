"""``HubDownloads``: a sealed body in ranges, some fetched at once, given in order, gone on with after any break.

A few ranges are in memory at a time, and those are what a break costs. That the bytes are the right ones is proved by
whoever opens them: they are sealed.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import AsyncIterator

from tympan_net.http_client import HttpAnswer
from tympan_transport_https._beside import Outcome
from tympan_transport_https._errors import BodyMismatch, HubAway, HubGarbled, HubRefused
from tympan_transport_https._limits import (
    DOWNLOAD_WINDOW_BYTES,
    RANGE_BYTES,
    RANGE_BYTES_LEAST,
    RANGES,
    REFERENCE_CHARS,
)
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._window import Window
from tympan_wire.hub import BLOBS_PATH

_REFERENCE = re.compile(rf"[A-Za-z0-9_-]{{1,{REFERENCE_CHARS}}}")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class HttpsDownloads:
    """Downloads from the hub."""

    def __init__(self, link: HttpsLink, *, range_bytes: int = RANGE_BYTES) -> None:
        self._link = link
        self._range_bytes = range_bytes
        self._window = Window(DOWNLOAD_WINDOW_BYTES)

    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        """As the port says."""
        if _REFERENCE.fullmatch(reference) is None:
            raise HubRefused("that names no upload")
        ahead: deque[Outcome[bytes]] = deque()
        try:
            while start < size_bytes or ahead:
                while start < size_bytes and len(ahead) < RANGES:
                    end = min(start + self._range_bytes, size_bytes)
                    fetch = functools.partial(self._range, reference, start, end, size_bytes)
                    ahead.append(self._link.beside.start(fetch))
                    start = end
                piece = await ahead[0].wait()
                ahead.popleft()
                yield piece
        finally:
            for each in ahead:
                each.cancel()

    async def _range(self, reference: str, start: int, end: int, size_bytes: int) -> bytes:
        """A range; after a break in smaller steps, so that a slow line brings one of them within the time for it."""
        pieces: list[bytes] = []
        step = end - start
        while start < end:
            until = min(start + step, end)
            try:
                async with self._window.room(until - start):  # left by a break: what was beside it goes one by one
                    pieces.append(await self._step(reference, start, until, size_bytes))
                start = until
            except HubAway:  # the link waits before it asks again
                self._window.narrow()
                step = max(step // 2, RANGE_BYTES_LEAST)
        return b"".join(pieces)

    async def _step(self, reference: str, start: int, end: int, size_bytes: int) -> bytes:
        answer = await self._link.fetch(BLOBS_PATH + reference, start, end - 1)
        try:
            return _checked(answer, start, end, size_bytes)
        except HubGarbled as error:
            self._link.failed(error)  # and so it waits here too
            raise


def _checked(answer: HttpAnswer, start: int, end: int, size_bytes: int) -> bytes:
    told = _CONTENT_RANGE.fullmatch(dict(answer.headers).get("content-range", ""))
    if told is None:
        raise HubGarbled("a part that does not say which")
    first, last, size = map(int, told.groups())
    if size != size_bytes:
        raise BodyMismatch(f"the hub has {size} bytes and not the {size_bytes} it was said to have")
    if (first, last + 1) != (start, end) or len(answer.body) != end - start:
        raise HubGarbled("another part than was asked for")
    return answer.body
