"""Faults of plugins: contained where foreign code is called, and told to people in one line.

- Cancellation and Ctrl-C pass; everything else ends here, ``SystemExit`` of a careless library too.
- A group in which faults and cancellations are mixed loses its faults and keeps its cancellations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import trio

from tympan._errors import TympanError


def contained(tell: Callable[[BaseException], object]) -> AbstractContextManager[None, bool]:
    """Calls ``tell`` with what the block raised, instead of raising it. ``tell`` must not raise."""
    return _contained(tell)  # type: ignore[return-value]


@contextmanager
def _contained(tell: Callable[[BaseException], object]) -> Iterator[None]:
    try:
        yield
    except* (trio.Cancelled, KeyboardInterrupt):
        raise
    except* BaseException as group:
        tell(group)


def describe(error: BaseException) -> str:
    """An error as one line for people: the innermost of a group, with its type unless it speaks for itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TympanError):
        return error.sentence
    return f"{type(error).__name__}: {_words(error)}"[:300].removesuffix(": ")


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # foreign errors may fail even at this, and whoever tells of them must not
        return ""
