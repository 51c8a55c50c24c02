"""What this plugin raises inside itself; what it says to the kernel is a value.

::

    TympanError
    └── StatisticsError
        ├── Unreadable      the document does not say what is asked     never
        ├── BadFrame        agent and worker do not understand each other   never
        └── WorkerLost      the worker ended, or did not start          now
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class StatisticsError(TympanError):
    """Anything that went wrong while a document was read."""


class Unreadable(StatisticsError):
    """The document is damaged, locked or beyond a limit; the cause is a sentence part for the user."""


class BadFrame(StatisticsError):
    """A message between agent and worker breaks its form."""


class WorkerLost(StatisticsError):
    """The worker ended before it answered."""

    retry = Retry.NOW
