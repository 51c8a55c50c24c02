"""Watching an agent that comes, goes, and comes again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio
from tray_rig import view

from tympan.plugin import BadInput
from tympan_tray._agents import Agent
from tympan_tray._errors import AgentAway
from tympan_tray._standing import Away, Seen
from tympan_tray._view import View, written
from tympan_tray._watching import Watch

pytestmark = pytest.mark.anyio


class Agents:
    """An agent that answers as a test says; ``up`` is whether it is found."""

    def __init__(self) -> None:
        self.up = True
        self.answers: list[View | Exception] = []
        self.seen: list[Seen] = []
        self.asked: list[str] = []

    def find(self) -> Agent | Away:
        played: Any = _Played(self)
        return played if self.up else Away(cause="no agent runs")

    async def show(self, seen: Seen) -> None:
        self.seen.append(seen)

    async def ask(self, seen: str) -> dict[str, Any]:
        self.asked.append(seen)
        await trio.lowlevel.checkpoint()
        if not self.answers:
            await trio.sleep_forever()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"view": json.loads(written(answer)), "digest": f"d{len(self.asked)}"}


class _Played:
    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        assert what == "look"
        return await self._agents.ask(**arguments)


async def watching(agents: Agents, steps: int) -> list[Seen]:
    """What was shown until there were so many."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Watch(agents.find, agents.show).run)
        with trio.fail_after(20):
            while len(agents.seen) < steps:
                await trio.sleep(0.02)
        nursery.cancel_scope.cancel()
    return agents.seen


async def test_it_asks_for_what_is_another_than_it_has_seen() -> None:
    agents = Agents()
    agents.answers = [view(), view(person="Bea")]
    seen = await watching(agents, 2)
    assert seen == [view(), view(person="Bea")]
    assert agents.asked[:2] == ["", "d1"]


async def test_an_agent_that_never_was_there_is_away_and_not_starting_again() -> None:
    agents = Agents()
    agents.up = False
    assert await watching(agents, 1) == [Away(cause="no agent runs")]


async def test_one_that_was_there_starts_again_for_a_moment_and_then_is_away() -> None:
    agents = Agents()
    agents.answers = [view(), *[AgentAway("it is gone")] * 9]
    seen = await watching(agents, 3)
    assert isinstance(seen[1], Away)
    assert seen[1].restarting
    away = next(one for one in seen[1:] if isinstance(one, Away) and not one.restarting)
    assert away.cause == "it is gone"


async def test_what_the_agent_refuses_is_told_with_its_next_step() -> None:
    agents = Agents()
    agents.answers = [BadInput("the account is unknown", next_step="Ask whoever runs it.")]
    (seen,) = await watching(agents, 1)
    assert seen == Away(cause="the account is unknown. Ask whoever runs it.")


async def test_an_agent_of_another_mind_is_away_and_ends_nothing() -> None:
    agents = Agents()

    async def ask(seen: str) -> dict[str, Any]:
        return {"view": 7}

    agents.ask = ask  # type: ignore[method-assign]
    (seen,) = await watching(agents, 1)
    assert isinstance(seen, Away)
