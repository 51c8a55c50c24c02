"""A link whose downloads stand still until the test lets them go on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio
from both_ends import Hub, Receiving

from tympan.testing import FakeHubDownloads


class Slow(FakeHubDownloads):
    """A link that gives when the test lets it."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.bytes.uploads)
        self.go = trio.Event()
        self.begun = trio.Event()
        self.starts: list[int] = []

    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        self.starts.append(start)
        self.begun.set()
        content = self.uploads[reference]
        yield content[start : size_bytes // 2] or content[start:]
        await self.go.wait()
        if start < size_bytes // 2:
            yield content[max(start, size_bytes // 2) :]


def slow(near: Receiving, hub: Hub) -> Slow:
    """Puts such a link in the place of the one a receiving end has."""
    found = Slow(hub)
    near.host.offered = [one for one in near.host.offered if not isinstance(one, FakeHubDownloads)] + [found]
    return found
