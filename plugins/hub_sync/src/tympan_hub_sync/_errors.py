"""What this plugin raises.

::

    TympanError
    └── NothingTaken    the hub acknowledged nothing of a batch    later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class NothingTaken(TympanError):
    """The hub acknowledged nothing of a batch of reports."""

    retry = Retry.LATER

    def __init__(self) -> None:
        cause = "the hub acknowledged none of the reports sent"
        super().__init__(cause, next_step="They are kept, and sent again by themselves.")


def first_of(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first; a group says no more than how many it holds."""
    first = errors.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
