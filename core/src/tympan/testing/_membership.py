"""The membership port in memory."""

from __future__ import annotations

import trio

from tympan._errors import BadInput, IllegalStep
from tympan._ports import Member


class FakeMembership:
    """``Membership`` of a hub in memory that takes any token but ``bad``."""

    def __init__(self, member: Member | None = None) -> None:
        self._member = member
        self._changed = trio.Event()

    @property
    def member(self) -> Member | None:
        """Who it is there."""
        return self._member

    def become(self, member: Member | None) -> None:
        """Changes it, and wakes whoever waits."""
        self._member = member
        self._changed.set()
        self._changed = trio.Event()

    async def join(self, address: str, token: str) -> Member:
        """Joins as agent ``fake``."""
        await trio.lowlevel.checkpoint()
        if self._member is not None:
            raise IllegalStep("it belongs to a hub already", next_step="Leave that one first.")
        if token == "bad" or not address.startswith("http"):
            raise BadInput("the token or the address is wrong")
        member = Member(address=address, agent="fake", tenant="fake", policy_keys=(bytes(32),))
        self.become(member)
        return member

    async def leave(self) -> None:
        """Belongs to nobody."""
        await trio.lowlevel.checkpoint()
        if self._member is not None:
            self.become(None)

    async def wait_changed(self) -> None:
        """Returns at the next change."""
        await self._changed.wait()
