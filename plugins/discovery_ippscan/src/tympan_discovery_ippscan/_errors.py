"""What this plugin raises.

::

    TympanError
    └── BadTarget    a range, an address or a name that is not scanned    never
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class BadTarget(TympanError):
    """A range, an address or a name that is not scanned."""

    retry = Retry.NEVER

    def __init__(self, target: str, cause: str, *, next_step: str) -> None:
        super().__init__(f"{target[:100]!r} is not scanned: {cause}", next_step=next_step)


def sentence_of(errors: BaseExceptionGroup[TympanError]) -> str:
    """What the first error of a group says."""
    first = errors.exceptions[0]
    return sentence_of(first) if isinstance(first, BaseExceptionGroup) else first.sentence
