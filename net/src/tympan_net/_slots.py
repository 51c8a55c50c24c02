"""How many connections a server keeps open, and which one makes room."""

import contextlib
from collections.abc import Iterator

import trio


class Slot:
    """One connection's place; knows whether and since when the connection is idle."""

    __slots__ = ("_idle", "idle_since")

    def __init__(self) -> None:
        self._idle: trio.CancelScope | None = None
        self.idle_since = 0.0

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
    """The places of one server: at the cap the connection idle for longest makes room for a newcomer."""

    __slots__ = ("_cap", "_taken")

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._taken: set[Slot] = set()

    @contextlib.contextmanager
    def take(self) -> Iterator[Slot | None]:
        """A place for as long as the context lasts; None when every connection is at work."""
        if not self._make_room():
            yield None
            return
        slot = Slot()
        self._taken.add(slot)
        try:
            yield slot
        finally:
            self._taken.discard(slot)

    def _make_room(self) -> bool:
        if len(self._taken) < self._cap:
            return True
        oldest = min((slot for slot in self._taken if slot.is_idle), key=lambda slot: slot.idle_since, default=None)
        if oldest is None:
            return False
        oldest.end()
        self._taken.discard(oldest)
        return True
