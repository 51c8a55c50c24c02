"""The pipe as a plugin's process has it: read when something comes, written at once.

- What answers at once is waited for here, with the event loop standing still: only this plugin waits.
- When the agent is gone, this process is.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable

import trio

from tympan._outside._frames import Frame, Frames, encode
from tympan._outside._limits import FROM_PLUGIN_BYTES, RECEIVE_BYTES, TO_PLUGIN_BYTES


class Line:
    """The pipe. Owns: the socket."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._frames = Frames(TO_PLUGIN_BYTES)
        self.take: Callable[[Frame], None] = lambda _: None

    def send(self, frame: Frame) -> None:
        """Sends a frame, however long the agent takes to read it."""
        rest = memoryview(encode(frame, FROM_PLUGIN_BYTES))
        while rest:
            try:
                rest = rest[self._end.send(rest) :]
            except BlockingIOError:
                self._wait(select.POLLOUT)
            except OSError:
                os._exit(0)

    async def read(self) -> None:
        """Takes in what comes, until the agent is gone."""
        while True:
            await trio.lowlevel.wait_readable(self._end)
            self._take_in()

    def pump(self, until: Callable[[], bool]) -> None:
        """Takes in what comes until a condition holds."""
        while not until():
            self._wait(select.POLLIN)
            self._take_in()

    def _take_in(self) -> None:
        try:
            data = self._end.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            os._exit(0)
        for frame in self._frames.feed(data):
            self.take(frame)

    def _wait(self, events: int) -> None:
        poll = select.poll()
        poll.register(self._end, events)
        poll.poll()
