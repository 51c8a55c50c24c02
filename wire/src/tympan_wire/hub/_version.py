"""Versions of the agent–hub protocol: which one is spoken, and how it may grow.

- A version only ever adds: fields with a default, kinds of report, order and topic. What a reader does not know it
  passes over, so a hub may be two versions ahead of its agents.
- The hub is updated first. It answers in the version the agent asked in, and never in a newer one.
- A version that takes something away is a new number, and the oldest that is understood moves up with it.
"""

from typing import Final

PROTOCOL: Final = 1
"""What this release speaks."""

KEPT: Final = 2
"""How many versions back a hub still understands."""

OLDEST: Final = max(1, PROTOCOL - KEPT)
"""The oldest version understood here."""

HEADER: Final = "Tympan-Protocol"
"""The HTTP header that carries the number, in requests and answers."""


def answers_in(asked: int) -> int | None:
    """The version a hub answers in: the one asked for, or the newest it has; None when that is too old."""
    return min(asked, PROTOCOL) if asked >= OLDEST else None
