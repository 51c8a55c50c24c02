"""What a plugin's process writes: lines for the agent's log, as many as anybody would read."""

from __future__ import annotations

from collections.abc import Callable

import trio
from trio.abc import ReceiveStream

from tympan._outside._limits import LINE_CHARS, LINES, LINES_S


class Said:
    """Its standard output and error."""

    def __init__(self, log: Callable[..., None]) -> None:
        self._log = log
        self._left = LINES
        self._since = 0.0
        self._lost = 0
        self._last = ""
        self._over = trio.Event()

    async def listen(self, pipe: ReceiveStream | None) -> None:
        """Writes lines into the log until the process has closed both."""
        held = b""
        try:
            while pipe is not None and (data := await pipe.receive_some(4096)):
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    self._take(line)
                if len(held) > LINE_CHARS:
                    self._take(held)
                    held = b""
        finally:
            if held:
                self._take(held)
            self._over.set()

    async def ended(self, within_s: float) -> None:
        """Returns when all that was written was heard, or after a while."""
        with trio.move_on_after(within_s):
            await self._over.wait()

    def last_words(self) -> str:
        """The last line it wrote, to be put behind a sentence; "" when it wrote none."""
        return f": {self._last}" if self._last else ""

    def _take(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()[:LINE_CHARS]
        if not text:
            return
        self._last = text
        now = trio.current_time()
        if now - self._since > LINES_S:
            if self._lost:
                self._log("a plugin wrote more than is kept", lines=self._lost)
            self._since, self._left, self._lost = now, LINES, 0
        if self._left:
            self._left -= 1
            self._log("a plugin wrote", line=text)
        else:
            self._lost += 1
