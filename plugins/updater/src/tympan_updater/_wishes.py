"""What an updater is asked for, and by what it tries and waits."""

from __future__ import annotations

from typing import Protocol

import attrs

from tympan_updater._installation import Installation, Running
from tympan_updater._limits import DRAIN_S, HEALTH_S, LOCK_S, TAKEN_UP_S
from tympan_wire.updates import Version


class SelfCheck(Protocol):
    """Tries a version before it is switched to."""

    def __call__(self, place: Installation, after: Running, expected: frozenset[str]) -> None:
        """Raises ``CheckFailed`` when what shall run does not do here."""


@attrs.frozen(kw_only=True)
class Wish:
    """What somebody wants.

    Attributes:
        channel: Whose versions.
        pin: The agent's version instead of the channel's.
        leave: Subjects and versions that are not gone to.
        again: Whether versions that were come back from are tried again: a person wants it.
        waits: Whether deliveries under way are waited for.
    """

    channel: str
    pin: Version | None = None
    leave: frozenset[tuple[str, Version]] = frozenset()
    again: bool = False
    waits: bool = True


@attrs.frozen(kw_only=True)
class Patience:
    """How long is waited for what."""

    drain_s: float = DRAIN_S
    health_s: float = HEALTH_S
    lock_s: float = LOCK_S
    taken_up_s: float = TAKEN_UP_S
