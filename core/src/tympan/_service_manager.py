"""The service manager that started this process: it is told when the agent is ready, that it lives, and that it ends.

- The protocol is systemd's (sd_notify(3)): lines in one datagram to the socket that the environment names. Where none
  is named, nothing is said, and nothing is different.
- Alive means that the event loop turns and the store's thread answers: an agent that only looks alive is started again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import trio

from tympan._errors import TympanError

SHARE: Final = 3.0
"""Signs of life within the time after which the manager gives up: two may come late."""


class ServiceManager:
    """Whoever started this process.

    Args:
        env: The process's environment.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._address = _address(env.get("NOTIFY_SOCKET", ""))
        self._watchdog_s = _watchdog_s(env) if self._address else 0.0

    def tell(self, *lines: str) -> None:
        """Says lines such as ``READY=1``; a manager that does not listen any more changes nothing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.setblocking(False)
                way.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return

    async def feed(self, alive: Callable[[], Awaitable[object]]) -> None:
        """Gives signs of life until cancelled; returns at once where nobody waits for any.

        Args:
            alive: Returns when the agent is found alive.
        """
        every_s = self._watchdog_s / SHARE
        while every_s > 0:
            until = trio.current_time() + every_s
            try:
                with trio.move_on_after(every_s) as patience:
                    await alive()
            except TympanError:
                pass  # it answers: a full disk is told elsewhere, and starting again does not empty it
            if not patience.cancelled_caught:
                self.tell("WATCHDOG=1")
            await trio.sleep_until(until)


def _address(named: str) -> str:
    """A path, or with ``@`` a name of Linux's abstract ones."""
    if named.startswith("@"):
        return "\0" + named[1:]
    return named if named.startswith("/") and hasattr(socket, "AF_UNIX") else ""


def _watchdog_s(env: Mapping[str, str]) -> float:
    """Seconds after which silence counts as death; 0 where nobody watches this process."""
    meant, told = env.get("WATCHDOG_PID", ""), env.get("WATCHDOG_USEC", "")
    if not told.isdigit() or (meant and meant != str(os.getpid())):
        return 0.0
    return int(told) / 1e6
