"""The suite every source of policy must pass: subclass it and give the fixtures ``source`` and ``change``.

``change`` is called without arguments and makes the source give other documents than before.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from tympan._limits import DEFAULTS
from tympan._ports import PolicySource
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled

_AGAIN_S = 0.1


class PolicySourceSuite:
    """What every source of policy must do."""

    async def test_it_is_a_policy_source(self, source: PolicySource) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(source, PolicySource)

    async def test_documents_are_bytes_of_bounded_size_and_stay(self, source: PolicySource) -> None:
        """Asking changes nothing; the kernel verifies them."""
        first = await _documents(source)
        assert {type(document) for document in first} <= {bytes}
        assert max(map(len, first), default=0) <= DEFAULTS.policy_bytes
        assert await _documents(source) == list(first)

    async def test_a_change_wakes_whoever_waits(
        self, source: PolicySource, change: Callable[[], Awaitable[None]]
    ) -> None:
        """Policy reaches the running agent."""
        before = await _documents(source)
        woken = trio.Event()

        async def wait() -> None:
            await source.wait_changed()
            woken.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            with trio.move_on_after(ANSWER_S):
                while not woken.is_set():
                    await change()
                    with trio.move_on_after(_AGAIN_S):
                        await woken.wait()
            nursery.cancel_scope.cancel()
        assert woken.is_set(), "nobody was told of the change"
        assert await _documents(source) != before

    async def test_a_change_before_anybody_waits_is_not_lost(
        self, source: PolicySource, change: Callable[[], Awaitable[None]]
    ) -> None:
        """Between looking and waiting, time passes."""
        before = await _documents(source)
        with trio.move_on_after(ANSWER_S):
            while await _documents(source) == before:
                await change()
                await answer(source.wait_changed)
        assert await _documents(source) != before

    async def test_keys_are_of_their_size_and_stay(self, source: PolicySource) -> None:
        """Ed25519, 32 bytes."""
        keys = await answer(source.keys)
        assert {len(key) for key in keys or ()} <= {32}
        assert await answer(source.keys) == keys

    async def test_it_ends_when_cancelled(self, source: PolicySource) -> None:
        """It may wait for ever, and must not."""
        await ends_when_cancelled(source.wait_changed)


async def _documents(source: PolicySource) -> list[bytes]:
    found = await answer(source.documents)
    return [] if found is None else list(found)
