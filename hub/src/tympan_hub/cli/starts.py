"""A start of the command without looking for garbage: what is imported stays as long as the process.

Looking through it again and again takes a fifth of a start; a hub that serves would go on looking through it for ever.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Garbage is looked for again afterwards, and never among what was imported meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def main() -> None:
    """Runs the command."""
    with importing():
        from tympan_hub.cli.__main__ import main as command
    command()
