"""Memory of the process: its threads share what the C library keeps free."""

from __future__ import annotations

import sys
from typing import Final

_M_ARENA_MAX: Final = -8
"""mallopt(3)."""
_ARENAS: Final = 2
"""glibc gives each thread heaps of its own, up to eight for each core, and each keeps what its thread has freed. Python
runs one thread at a time, so they gain nothing by it, and an agent at rest is 3 MiB larger."""


def share_heaps() -> None:
    """To be called before threads are started; elsewhere than with glibc there is nothing to do."""
    if sys.platform != "linux":
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
