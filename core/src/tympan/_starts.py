"""A start of the agent without looking for garbage: what is imported stays as long as the process.

Looking through it again and again takes a fifth of a start, and an agent would go on looking through it for ever.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Garbage is looked for again afterwards, and never among what was imported meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
