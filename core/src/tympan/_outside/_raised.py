"""Errors across the pipe: those of the kernel's tree are the same on both sides, others keep their name and words.

- An error that comes back to where it was raised is the very one: a port may let pass what its document raised.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

import trio

from tympan import _errors as kernel
from tympan._errors import TympanError
from tympan._outside._limits import CAUSES, RAISED, TEXT_CHARS

_ENDED: Final = "EndOfChannel"


class Elsewhere(Exception):
    """An error that was raised on the other side, of a class that is none of the kernel's."""


def _tree(kind: type[TympanError]) -> Iterator[tuple[str, type[TympanError]]]:
    yield kind.__name__, kind
    for each in kind.__subclasses__():
        if each.__module__ == kernel.__name__:
            yield from _tree(each)


_FAMILY: Final = dict(_tree(TympanError))


class Raised:
    """Errors that went to the other side, by the number under which they may come back."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, BaseException] = OrderedDict()
        self._number = 0

    def tell(self, error: BaseException) -> list[list[Any]]:
        """An error and its causes, outermost first: class, sentence, next step, numbers here and there."""
        told: list[list[Any]] = []
        while len(told) < CAUSES:
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            told.append([*_words(error), self._keep(error), getattr(error, "_tympan_there", None)])
            cause = error.__cause__ or error.__context__
            if cause is None:
                break
            error = cause
        return told

    def heard(self, told: object) -> BaseException:
        """The error that was told, with its causes."""
        if not isinstance(told, list) or not told:
            return Elsewhere("an error without words")
        errors = [self._heard(each) for each in told[:CAUSES]]
        for error, cause in itertools.pairwise(errors):
            if error.__cause__ is None and error is not cause:
                error.__cause__ = cause
        return errors[0]

    def _heard(self, told: object) -> BaseException:
        match told:
            case [str() as name, str() as words, str() as then, there, here]:
                mine = self._kept.get(here) if isinstance(here, int) else None
                if mine is not None:
                    return mine
                error = _named(name, words[:TEXT_CHARS], then[:TEXT_CHARS])
                error._tympan_there = there  # type: ignore[attr-defined]
                return error
        return Elsewhere("an error without words")

    def _keep(self, error: BaseException) -> int:
        self._number += 1
        self._kept[self._number] = error
        while len(self._kept) > RAISED:
            self._kept.popitem(last=False)
        return self._number


def _words(error: BaseException) -> tuple[str, str, str]:
    if isinstance(error, TympanError):
        kind = next(each for each in type(error).__mro__ if each.__name__ in _FAMILY)
        return kind.__name__, error.cause[:TEXT_CHARS], error.next_step[:TEXT_CHARS]
    if isinstance(error, trio.EndOfChannel):
        return _ENDED, "", ""
    try:
        return type(error).__name__, str(error)[:TEXT_CHARS], ""
    except Exception:  # foreign errors may fail even at this
        return type(error).__name__, "", ""


def _named(name: str, words: str, then: str) -> BaseException:
    if name in _FAMILY:
        return _FAMILY[name](words, next_step=then)
    if name == _ENDED:
        return trio.EndOfChannel()
    kind = name if name.isidentifier() and len(name) < 60 else Elsewhere.__name__
    made: type[Elsewhere] = type(kind, (Elsewhere,), {})
    return made(words)  # so that it is told of as it would be here
