"""What wine 8 lacks of Windows, for trio under it: a socket is its own base handle there.

Imported before trio runs. On a real Windows nothing of it is needed, and nothing of it is outside the tests.
"""

from __future__ import annotations

import importlib
from typing import Any


def mend() -> None:
    """Makes trio's sockets work under wine."""
    sockets: Any = importlib.import_module("trio._core._io_windows")

    def itself(sock: Any, **_which: object) -> Any:
        return sockets._handle(sock.fileno() if hasattr(sock, "fileno") else sock)

    sockets._get_base_socket = sockets._get_underlying_socket = itself
