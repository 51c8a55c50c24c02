"""The suite every releaser must pass: subclass it and give the fixtures it names.

``releaser`` has two held jobs of ``user`` that may come out at the release point ``at``: their ids are ``mine``, and
``theirs`` is a held job of somebody else.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
import uuid

from tympan._errors import TympanError
from tympan._ports import Releaser, ReleaseWish
from tympan.testing._expectations import answer, refusal


class ReleaserSuite:
    """What every releaser must do."""

    async def test_it_is_a_releaser(self, releaser: Releaser) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(releaser, Releaser)

    async def test_jobs_go_in_the_order_they_were_asked_for(
        self, releaser: Releaser, user: str, at: str, mine: tuple[uuid.UUID, ...]
    ) -> None:
        """Whoever stands there waits for the first one first."""
        wish = ReleaseWish(user=user, at=at, jobs=mine[::-1])
        assert (await answer(functools.partial(releaser.release, wish))).jobs == mine[::-1]

    async def test_all_of_theirs_go_when_none_is_named(
        self, releaser: Releaser, user: str, at: str, mine: tuple[uuid.UUID, ...]
    ) -> None:
        """And nobody else's."""
        released = await answer(functools.partial(releaser.release, ReleaseWish(user=user, at=at)))
        assert sorted(released.jobs) == sorted(mine)
        assert released.refused == ()

    async def test_nobody_releases_what_belongs_to_others(
        self, releaser: Releaser, user: str, at: str, theirs: uuid.UUID
    ) -> None:
        """It stays held, with a sentence; whether it exists is not told apart from any other id."""
        stranger = uuid.uuid4()
        wish = ReleaseWish(user=user, at=at, jobs=(theirs, stranger))
        released = await answer(functools.partial(releaser.release, wish))
        assert released.jobs == ()
        assert {refusal.job for refusal in released.refused} == {theirs, stranger}
        assert len({refusal.detail for refusal in released.refused}) == 1

    async def test_a_place_that_is_none_is_refused(self, releaser: Releaser, user: str) -> None:
        """With a sentence."""
        wish = ReleaseWish(user=user, at="no such place")
        await refusal(functools.partial(releaser.release, wish), TympanError)
