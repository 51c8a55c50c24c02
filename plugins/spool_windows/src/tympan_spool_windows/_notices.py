"""Notices of the spooler in trio: a thread waits for them and hands them over a channel of bounded size.

- The thread owns the listener: it waits, and it gives the handles back when it was told to stop or when trio is gone.
- A reader that is behind loses notices, and is told so by the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import attrs
import trio

from tympan_spool_windows._errors import CallFailed
from tympan_spool_windows._limits import NOTICES
from tympan_spool_windows._listener import Listener
from tympan_spool_windows._records import Notice

_NAME: Final = "tympan-spool-notices"


class Notices:
    """Notices of one listener. Start it, read it, stop it.

    Args:
        listen: Makes the listener; blocks.

    Attributes:
        heard: Whether the spooler grants notices, and still does.
    """

    def __init__(self, listen: Callable[[], Listener]) -> None:
        self._listen = listen
        self._listener: Listener | None = None
        self._send, self._receive = trio.open_memory_channel[Notice](NOTICES)
        self._stopped = threading.Event()
        self._lost = False
        self.heard = False

    async def start(self) -> None:
        """Begins to listen; where the spooler grants nothing, ``heard`` stays False."""
        try:
            self._listener = await trio.to_thread.run_sync(self._listen, abandon_on_cancel=True)
        except CallFailed:
            return
        self.heard = True
        token = trio.lowlevel.current_trio_token()
        threading.Thread(target=self._run, args=(self._listener, token), name=_NAME, daemon=True).start()

    def _run(self, listener: Listener, token: trio.lowlevel.TrioToken) -> None:
        try:
            while not self._stopped.is_set():
                notice = listener.wait()
                if notice is not None:
                    token.run_sync_soon(self._hand_over, notice)
        except CallFailed:
            self.heard = False  # from now on whoever reads looks at intervals
        except trio.RunFinishedError:
            return
        finally:
            listener.close()

    def _hand_over(self, notice: Notice) -> None:
        try:
            self._send.send_nowait(attrs.evolve(notice, lost=notice.lost or self._lost))
            self._lost = False
        except trio.WouldBlock:
            self._lost = True

    async def next(self, timeout_s: float) -> Notice | None:
        """The next notice, or None when none came in that time."""
        try:
            return self._receive.receive_nowait()  # with no time left, waiting would not even look
        except trio.WouldBlock:
            with trio.move_on_after(timeout_s):
                return await self._receive.receive()
        return None

    def stop(self) -> None:
        """Ends the thread; returns at once."""
        self._stopped.set()
        if self._listener is not None:
            self._listener.stop()
