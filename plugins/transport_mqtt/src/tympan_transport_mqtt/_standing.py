"""How the way through the broker stands, for whoever asks: kept by the service, read by the examiner."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False)
class Standing:
    """How it stands.

    Attributes:
        hub: Whether there is a hub to hear of.
        asked: Whether the hub said which broker it has, or that it has none.
        place: Host and port of its broker; "" for none.
        open: Whether an echo came back, and nothing broke since.
        took_s: How long the last echo took.
        trouble: Why it is not open, a sentence; "" when nothing is known.
    """

    hub: bool = False
    asked: bool = False
    place: str = ""
    open: bool = False
    took_s: float = 0.0
    trouble: str = ""
    _wanted: trio.Event = attrs.field(factory=trio.Event, init=False)
    _proved: trio.Event = attrs.field(factory=trio.Event, init=False)

    def proved(self, took_s: float) -> None:
        """An echo came back."""
        self.open, self.took_s, self.trouble = True, took_s, ""
        self._proved.set()
        self._proved = trio.Event()

    def broke(self, trouble: str = "") -> None:
        """The way is closed; without a trouble the one before stays told."""
        self.open, self.trouble = False, trouble or self.trouble

    async def prove(self, within_s: float) -> bool:
        """Has an echo asked for now; tells whether one came back in time."""
        waited = self._proved
        self._wanted.set()
        with trio.move_on_after(within_s):
            await waited.wait()
        return waited.is_set()

    async def rest(self, most_s: float) -> None:
        """Waits between two echoes, shorter when somebody wants one now."""
        with trio.move_on_after(most_s):
            await self._wanted.wait()
        self._wanted = trio.Event()
