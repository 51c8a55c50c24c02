"""How many connections a server keeps open, and which one makes room.

- Where owners are told apart, none of them can take the places of all: a stranger has so many at most, and all of them
  together leave some to those who are trusted.
- A connection at work is never ended for another's sake.
"""

import contextlib
from collections.abc import Collection, Iterator

import attrs
import trio

_NOBODY = -1
"""Whose connection it is where the system names no owner."""


@attrs.frozen(kw_only=True)
class Shares:
    """Who may have how many places of a server for this machine alone.

    Attributes:
        trusted: User ids that may have as many as there are.
        each: Of any other user id.
        others: Of all those together.
    """

    trusted: frozenset[int]
    each: int = attrs.field(validator=attrs.validators.ge(1))
    others: int = attrs.field(validator=attrs.validators.ge(1))


class Slot:
    """One connection's place; knows whose it is, and whether and since when the connection is idle."""

    __slots__ = ("_idle", "idle_since", "owner")

    def __init__(self, owner: int) -> None:
        self._idle: trio.CancelScope | None = None
        self.idle_since = 0.0
        self.owner = owner

    @contextlib.contextmanager
    def idle(self, timeout_s: float) -> Iterator[trio.CancelScope]:
        """While inside, the connection may be ended by the timeout or to make room; the scope tells."""
        with trio.move_on_after(timeout_s) as scope:
            self._idle, self.idle_since = scope, trio.current_time()
            try:
                yield scope
            finally:
                self._idle = None

    @property
    def is_idle(self) -> bool:
        """Whether it can be ended without harm to a request."""
        return self._idle is not None and not self._idle.cancel_called

    def end(self) -> None:
        """Ends an idle connection."""
        if self._idle is not None:
            self._idle.cancel()


class Slots:
    """The places of one server: at a cap the connection idle for longest makes room for a newcomer.

    Args:
        cap: All there are.
        shares: Who may have how many of them; None tells nobody apart.
    """

    __slots__ = ("_cap", "_shares", "_taken")

    def __init__(self, cap: int, shares: Shares | None = None) -> None:
        self._cap = cap
        self._shares = shares
        self._taken: set[Slot] = set()

    @contextlib.contextmanager
    def take(self, owner: int | None = None) -> Iterator[Slot | None]:
        """A place for as long as the context lasts; None when every connection it could take one from is at work."""
        slot = Slot(_NOBODY if owner is None else owner)
        if not self._make_room(slot.owner):
            yield None
            return
        self._taken.add(slot)
        try:
            yield slot
        finally:
            self._taken.discard(slot)

    def _make_room(self, owner: int) -> bool:
        caps: list[tuple[Collection[Slot], int]] = [(self._taken, self._cap)]
        if self._shares and owner not in self._shares.trusted:
            others = [slot for slot in self._taken if slot.owner not in self._shares.trusted]
            own = [slot for slot in others if slot.owner == owner]
            caps = [(own, self._shares.each), (others, self._shares.others), *caps]
        full = next((slots for slots, cap in caps if len(slots) >= cap), None)
        return full is None or self._end_oldest(full)

    def _end_oldest(self, slots: Collection[Slot]) -> bool:
        oldest = min((slot for slot in slots if slot.is_idle), key=lambda slot: slot.idle_since, default=None)
        if oldest is None:
            return False
        oldest.end()
        self._taken.discard(oldest)
        return True
