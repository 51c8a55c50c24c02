"""What became of commands: remembered, so that a command is carried out once however often the hub says it.

Outcomes lie in a ring of values, so that remembering one writes one, and the oldest makes room.
"""

from __future__ import annotations

from uuid import UUID

import attrs

from tympan.plugin import KeyValue
from tympan_hub_sync._limits import REMEMBERED
from tympan_wire.hub import CommandReport, HubMessageError, decode, encode


class CommandBook:
    """Outcomes by command, the newest ``REMEMBERED`` of them, durable."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._outcomes: dict[int, CommandReport] = {}
        self._next = 0

    async def open(self) -> None:
        """Takes up what an earlier run kept; what cannot be read is forgotten, for every order may be repeated."""
        self._outcomes, self._next = {}, 0
        for place in range(REMEMBERED):
            number, _, kept = (await self._state.get(_key(place)) or b"").partition(b" ")
            try:
                self._outcomes[int(number)] = decode(CommandReport, kept)
            except (ValueError, HubMessageError):
                continue
        self._next = max(self._outcomes, default=-1) + 1

    def outcome(self, command: UUID) -> CommandReport | None:
        """What became of a command."""
        found = self._found(command)
        return None if found is None else self._outcomes[found]

    async def keep(self, outcome: CommandReport) -> None:
        """Remembers an outcome, durably."""
        found = self._found(outcome.command)
        number = self._next if found is None else found
        self._next = max(self._next, number + 1)  # before anything waits: two may be kept at a time
        await self._state.put(_key(number), b"%d %b" % (number, encode(outcome)))
        self._outcomes[number] = outcome
        self._outcomes.pop(number - REMEMBERED, None)

    async def again(self, outcome: CommandReport, fence: int) -> CommandReport:
        """The same outcome under a newer fence."""
        renewed = attrs.evolve(outcome, fence=fence)
        await self.keep(renewed)
        return renewed

    def _found(self, command: UUID) -> int | None:
        return next((number for number, outcome in self._outcomes.items() if outcome.command == command), None)


def _key(number: int) -> str:
    return f"command {number % REMEMBERED}"
