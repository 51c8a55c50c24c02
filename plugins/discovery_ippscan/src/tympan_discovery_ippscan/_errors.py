"""What this plugin raises.

::

    TympanError
    ├── BadTarget     a range, an address or a name that is not scanned                       never
    └── NotLeftOut    a name that is to be left out, and nobody says where it leads           later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class BadTarget(TympanError):
    """A range, an address or a name that is not scanned."""

    retry = Retry.NEVER

    def __init__(self, target: str, cause: str, *, next_step: str) -> None:
        super().__init__(f"{target[:100]!r} is not scanned: {cause}", next_step=next_step)


class NotLeftOut(TympanError):
    """A name that is to be left out, and nobody says where it leads."""

    retry = Retry.LATER

    def __init__(self, name: str) -> None:
        cause = f"{name[:100]!r} is to be left out, and no name server says where it leads, so nothing is scanned"
        super().__init__(cause, next_step="Leave out its address instead, or order it again when names are known.")


def sentence_of(errors: BaseExceptionGroup[TympanError]) -> str:
    """What the first error of a group says."""
    first = errors.exceptions[0]
    return sentence_of(first) if isinstance(first, BaseExceptionGroup) else first.sentence
