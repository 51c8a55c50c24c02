"""The suite every keeper of keys must pass: subclass it and give the fixtures it names.

``keys`` believes ``known``, an agent's key, and knows ``changed``: an agent's newest key, which is another than the one
it believed and waits for a person; ``revoked`` is an agent that is shut out, with the key it had.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import base64
import functools
import os

import attrs

from tympan._errors import TympanError
from tympan._ports import AgentKey, AgentKeys, KeyState
from tympan.testing._expectations import answer, refusal


class AgentKeysSuite:
    """What every keeper of keys must do."""

    async def test_it_is_a_keeper_of_keys(self, keys: AgentKeys) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(keys, AgentKeys)

    async def test_a_known_key_is_believed_and_no_other_for_that_agent(self, keys: AgentKeys, known: AgentKey) -> None:
        """Whoever offers another one is refused, each time, with a reason."""
        forged = attrs.evolve(known, recipient=_other_than(known.recipient))
        for _ in range(2):
            found = await answer(functools.partial(keys.trusted, [forged, known]))
            assert found.readers == (known,)
            assert found.changed == (known.agent,)
            assert found.reason
        assert (await answer(functools.partial(keys.trusted, [known]))).reason == ""

    async def test_a_stranger_is_not_believed(self, keys: AgentKeys, known: AgentKey) -> None:
        """The hub offers a reader that is in no book: it gets nothing, however often it is offered."""
        stranger = AgentKey(agent="agent-of-the-hub", recipient=_other_than(known.recipient))
        for _ in range(2):
            found = await answer(functools.partial(keys.trusted, [stranger]))
            assert (found.readers, found.changed) == ((), (stranger.agent,))

    async def test_what_is_no_key_is_not_believed(self, keys: AgentKeys, known: AgentKey) -> None:
        """And is no fault either: it came from outside."""
        for text in ("", "?", "\u00e9", known.recipient[:-4], known.recipient + "AAAA"):
            found = await answer(functools.partial(keys.trusted, [attrs.evolve(known, recipient=text)]))
            assert found.readers == (), text

    async def test_a_changed_key_waits_for_a_person(self, keys: AgentKeys, changed: AgentKey) -> None:
        """It is believed once somebody accepted it, and seen to wait before."""
        found = await answer(functools.partial(keys.trusted, [changed]))
        assert (found.readers, found.changed) == ((), (changed.agent,))
        assert await _state(keys, changed.agent) is KeyState.CHANGED
        compared = await _fingerprint(keys, changed.agent)
        for another in (compared[:-1] + ("0" if compared[-1] != "0" else "1"), compared[:16], ""):
            await refusal(functools.partial(keys.accept, changed.agent, another), TympanError)
            assert await _state(keys, changed.agent) is KeyState.CHANGED, "a key nobody compared is believed"
        accepted = await answer(functools.partial(keys.accept, changed.agent, compared))
        assert (accepted.agent, accepted.state) == (changed.agent, KeyState.TRUSTED)
        assert await _state(keys, changed.agent) is KeyState.TRUSTED
        assert (await answer(functools.partial(keys.trusted, [changed]))).readers == (changed,)

    async def test_who_is_shut_out_gets_nothing_and_cannot_be_accepted(
        self, keys: AgentKeys, revoked: AgentKey
    ) -> None:
        """With the very key it had."""
        compared = await _fingerprint(keys, revoked.agent)
        await refusal(functools.partial(keys.accept, revoked.agent, compared), TympanError)
        found = await answer(functools.partial(keys.trusted, [revoked]))
        assert (found.readers, found.changed) == ((), (revoked.agent,))
        assert await _state(keys, revoked.agent) is KeyState.REVOKED

    async def test_nobody_accepts_whom_nobody_knows(self, keys: AgentKeys) -> None:
        """With a sentence."""
        await refusal(functools.partial(keys.accept, "agent-of-the-hub", "0" * 64), TympanError)

    async def test_the_book_names_its_head_for_comparing(self, keys: AgentKeys, known: AgentKey) -> None:
        """A number, a digest, and a fingerprint for whoever has a key."""
        view = await answer(keys.book)
        assert view.number > 0
        assert len(view.digest) == 64
        assert {len(agent.fingerprint) for agent in view.agents if agent.state is not KeyState.NONE} == {64}
        assert known.agent in {agent.agent for agent in view.agents}

    async def test_reading_again_keeps_what_is_believed(self, keys: AgentKeys, known: AgentKey) -> None:
        """The same book gives the same head."""
        before = await answer(keys.book)
        after = await answer(keys.reread)
        assert (after.number, after.digest, after.trouble) == (before.number, before.digest, "")
        assert (await answer(functools.partial(keys.trusted, [known]))).readers == (known,)


async def _state(keys: AgentKeys, agent: str) -> KeyState:
    view = await answer(keys.book)
    return next(one.state for one in view.agents if one.agent == agent)


async def _fingerprint(keys: AgentKeys, agent: str) -> str:
    view = await answer(keys.book)
    return next(one.fingerprint for one in view.agents if one.agent == agent)


def _other_than(recipient: str) -> str:
    return base64.b64encode(os.urandom(len(base64.b64decode(recipient)))).decode()
