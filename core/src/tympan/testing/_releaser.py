"""The releaser port in memory."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import trio

from tympan._errors import NotFound
from tympan._ports import NotReleased, Released, ReleaseWish


class FakeReleaser:
    """``Releaser`` of the held jobs a test gives it.

    Attributes:
        held: Jobs, each with the account it belongs to.
        points: Where they may come out.
        wishes: What was asked for, in order.
    """

    def __init__(self, held: Mapping[UUID, str], points: frozenset[str] = frozenset({"point"})) -> None:
        self.held = dict(held)
        self.points = points
        self.wishes: list[ReleaseWish] = []

    async def release(self, wish: ReleaseWish) -> Released:
        """Lets go of the jobs of who asks, in the order asked for."""
        await trio.lowlevel.checkpoint()
        self.wishes.append(wish)
        if wish.at not in self.points:
            raise NotFound(f"there is no release point {wish.at!r:.100}", next_step="Read the code on the device.")
        own = [job for job, user in self.held.items() if user == wish.user]
        asked = wish.jobs or tuple(own)
        going = tuple(job for job in asked if job in own)
        for job in going:
            del self.held[job]
        refused = tuple(NotReleased(job=job, detail="there is no such held job") for job in asked if job not in own)
        return Released(jobs=going, refused=refused)
