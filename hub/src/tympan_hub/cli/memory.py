"""What the process gives back to the system: buffers of sealed documents, as soon as nobody needs them.

glibc keeps what was freed for next time, in a heap for each thread, and learns from large blocks to keep larger ones
yet: some parts on their way then cost several times their size for good. With a fixed bound it does not learn.
"""

import ctypes
from contextlib import suppress
from typing import Final

_MMAP_THRESHOLD: Final = -3
"""mallopt(3)."""

_BLOCK_BYTES: Final = 256 << 10
"""Blocks from this size on come from the system each by itself and go back to it; pieces of parts are larger."""


def give_back_blocks() -> None:
    """Sets the bound; where there is no glibc, nothing."""
    with suppress(OSError, TypeError, AttributeError):  # no such function, or no C library to be asked
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _BLOCK_BYTES)
