"""The suite every membership must pass: subclass it and give the fixtures ``membership``, ``address`` and ``token``.

``membership`` belongs to no hub yet; the hub at ``address`` takes ``token`` once.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

import trio
import trio.testing

from tympan._errors import TympanError
from tympan._ports import Membership
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled, refusal


class MembershipSuite:
    """What every membership must do."""

    async def test_it_is_a_membership(self, membership: Membership) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(membership, Membership)

    async def test_it_joins_once_and_leaves(self, membership: Membership, address: str, token: str) -> None:
        """What it says is what it knows; leaving twice harms nothing."""
        assert _agent(membership) == ""
        joined = await answer(functools.partial(membership.join, address, token))
        assert membership.member == joined
        assert joined.address == address
        assert joined.agent
        assert joined.tenant
        assert {len(key) for key in joined.policy_keys} == {32}
        await refusal(functools.partial(membership.join, address, token), TympanError)
        for _ in range(2):
            await answer(membership.leave)
            assert _agent(membership) == ""

    async def test_a_wrong_address_or_token_is_refused(self, membership: Membership, address: str, token: str) -> None:
        """And it belongs to nobody afterwards."""
        await refusal(functools.partial(membership.join, "gopher:hub", token), TympanError)
        await refusal(functools.partial(membership.join, address, "bad"), TympanError)
        assert membership.member is None

    async def test_a_change_wakes_whoever_waits(self, membership: Membership, address: str, token: str) -> None:
        """Both joining and leaving."""
        for act in (functools.partial(membership.join, address, token), membership.leave):
            woken = trio.Event()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_wait, membership, woken)
                await trio.testing.wait_all_tasks_blocked()
                await answer(act)
                with trio.move_on_after(ANSWER_S):
                    await woken.wait()
                nursery.cancel_scope.cancel()
            assert woken.is_set(), "nobody was told of the change"

    async def test_it_ends_when_cancelled(self, membership: Membership) -> None:
        """It may wait for ever, and must not."""
        await ends_when_cancelled(membership.wait_changed)


async def _wait(membership: Membership, woken: trio.Event) -> None:
    await membership.wait_changed()
    woken.set()


def _agent(membership: Membership) -> str:
    member = membership.member
    return member.agent if member is not None else ""
