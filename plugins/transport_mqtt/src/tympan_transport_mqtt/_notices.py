"""``NoticeSource``: what came through the broker, for whoever listens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

from tympan.plugin import Notice, TympanError
from tympan_transport_mqtt._limits import LISTENERS, PENDING


class MqttNotices:
    """Notices of the hub."""

    def __init__(self) -> None:
        self._listeners: set[trio.MemorySendChannel[Notice]] = set()

    async def notices(self) -> AsyncIterator[Notice]:
        """Notices until cancelled; ends when the way through the broker breaks."""
        send, receive = trio.open_memory_channel[Notice](PENDING)
        if len(self._listeners) >= LISTENERS:
            raise TympanError(f"{LISTENERS} listen to the hub already", next_step="Look for a leak.")
        self._listeners.add(send)
        try:
            async for notice in receive:
                yield notice
        finally:
            self._listeners.discard(send)

    def tell(self, topic: str) -> None:
        """Says it to all; to one for whom too many wait it says nothing new."""
        for listener in self._listeners:
            try:
                listener.send_nowait(Notice(topic=topic))
            except trio.WouldBlock:
                continue

    def end(self) -> None:
        """The way broke: what is said meanwhile is not heard."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
