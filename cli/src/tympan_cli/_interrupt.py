"""Ctrl-C as a mark that is looked at, for as long as a command only waits.

- Python throws away what a signal raises inside a weakref's callback or a finalizer; an import runs one for each
  module. A command that waits for an exception could then wait for ever, and Ctrl-C seemed not to work.
- Outside of the block Ctrl-C raises ``KeyboardInterrupt``, as everywhere.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def noticed_ctrl_c() -> Iterator[Callable[[], bool]]:
    """A block in which Ctrl-C interrupts nothing; what it gives tells whether it was pressed. Main thread only."""
    pressed = False

    def notice(*_: object) -> None:
        nonlocal pressed
        pressed = True

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
