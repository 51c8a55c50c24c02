"""The suites of the ports about people: subclass them and give the fixtures they name.

A source of people takes ``source`` and ``change``, which makes it give others than before. A sign-in takes ``sign_in``,
``address`` (a hub's, or "") and ``approve``, after which the code asked about is granted.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

import trio

from tympan._errors import TympanError
from tympan._ports import LoginStanding, PeopleSource, SignedIn, SignIn
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled, refusal


class PeopleSourceSuite:
    """What every source of people must do."""

    async def test_it_is_a_people_source(self, source: PeopleSource) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(source, PeopleSource)

    async def test_people_are_people_and_stay(self, source: PeopleSource) -> None:
        """Asking changes nothing, and an account stands for one person."""
        first = await _people(source)
        assert all(type(person) is SignedIn for person in first)
        assert len({person.user for person in first}) == len(first)
        assert await _people(source) == first

    async def test_a_change_is_not_lost(self, source: PeopleSource, change: Callable[[], Awaitable[None]]) -> None:
        """Neither one that comes while somebody waits, nor one that comes before."""
        before = await _people(source)
        with trio.move_on_after(ANSWER_S):
            while await _people(source) == before:
                await change()
                await answer(source.wait_changed)
        assert await _people(source) != before

    async def test_it_ends_when_cancelled(self, source: PeopleSource) -> None:
        """It may wait for ever, and must not."""
        await ends_when_cancelled(source.wait_changed)


class SignInSuite:
    """What every way to sign in must do."""

    async def test_it_is_a_sign_in(self, sign_in: SignIn) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(sign_in, SignIn)

    async def test_a_code_is_asked_about_until_it_is_granted(
        self, sign_in: SignIn, address: str, approve: Callable[[], Awaitable[None]]
    ) -> None:
        """And signing out ends it, once."""
        code = await answer(functools.partial(sign_in.begin, address, "ada"))
        assert code.user_code in code.uri_complete
        assert code.expires_at.tzinfo is not None
        assert await answer(functools.partial(sign_in.ask, code.id)) is LoginStanding.PENDING
        await approve()
        assert await answer(functools.partial(sign_in.ask, code.id)) is LoginStanding.SIGNED_IN
        out = functools.partial(sign_in.sign_out, "ada")
        assert [await answer(out), await answer(out)] == [True, False]

    async def test_what_is_no_code_or_address_is_refused(self, sign_in: SignIn) -> None:
        """With a sentence."""
        await refusal(functools.partial(sign_in.ask, "no such code"), TympanError)
        await refusal(functools.partial(sign_in.begin, "gopher:hub", "ada"), TympanError)


async def _people(source: PeopleSource) -> list[SignedIn]:
    found = await answer(source.people)
    return [] if found is None else list(found)
