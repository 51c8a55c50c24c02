"""What wine 8 lacks of Windows, for the Python under it: a socket is its own base handle there.

Python imports this by its name when it starts, as the folder is on its path; on a real Windows nothing of it is needed.
"""

from __future__ import annotations

import importlib
from typing import Any

trio_sockets: Any = importlib.import_module("trio._core._io_windows")


def _itself(sock: Any, **_which: object) -> Any:
    return trio_sockets._handle(sock.fileno() if hasattr(sock, "fileno") else sock)


trio_sockets._get_base_socket = _itself
trio_sockets._get_underlying_socket = _itself
