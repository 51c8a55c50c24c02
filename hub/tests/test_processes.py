"""The places of a hub's processes: one that can never be filled ends the start, one that was filled once is kept."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter

import attrs
import pytest

from tympan_hub.cli import processes
from tympan_hub.cli.processes import Processes
from tympan_hub.domain.errors import Unavailable
from tympan_hub.domain.limits.processes import PROCESS_VAIN_STARTS

pytestmark = pytest.mark.anyio
WAIT_S = 60.0
ANSWERS = "import sys; print('answers', flush=True); sys.stdin.read()"
ENDS = "raise SystemExit(1)"
ANSWERS_AND_ENDS = "print('answers', flush=True); raise SystemExit(1)"


@attrs.define
class Played(Processes):
    """Real processes, of which each start in the second place does the next thing of ``plays``, the last for ever.

    Attributes:
        plays: Programs.
        ends_amid: Which start in the second place the end of the hub comes amid; 0 for none.
        starts: How many there were, by place.
        told: Set with the address.
    """

    plays: list[str]
    ends_amid: int = 0
    starts: Counter[int] = attrs.field(factory=Counter)
    told: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        super().__init__(2, [], os.environ, lambda address: self.told.set())

    async def started(self, descriptor: int, number: int) -> asyncio.subprocess.Process:
        play = self.plays[min(self.starts[number], len(self.plays) - 1)] if number else ANSWERS
        self.starts[number] += 1
        while number and not self.answers:
            await asyncio.sleep(0.01)
        if number and self.starts[number] == self.ends_amid:
            os.kill(os.getpid(), signal.SIGTERM)
            while not self.stopping() or self._running:
                await asyncio.sleep(0.01)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", play, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._running.add(process)
        return process


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PROCESS_AGAIN_S", 0.01)


async def test_a_process_that_can_never_start_beside_one_that_answers_ends_the_hub() -> None:
    played = Played([ENDS])
    async with asyncio.timeout(WAIT_S):
        with pytest.raises(Unavailable, match="ended before it answered"):
            await played.run("127.0.0.1", 0)
    assert played.starts == {0: 1, 1: PROCESS_VAIN_STARTS}
    assert not played.told.is_set()


async def test_a_process_that_starts_in_vain_once_has_its_place_filled() -> None:
    await served(Played([ENDS] * (PROCESS_VAIN_STARTS - 1) + [ANSWERS]), PROCESS_VAIN_STARTS)


async def test_where_one_answered_another_is_started_however_often_it_ends() -> None:
    await served(Played([ANSWERS_AND_ENDS, *[ENDS] * (PROCESS_VAIN_STARTS + 1), ANSWERS]), PROCESS_VAIN_STARTS + 3)


async def test_the_end_amid_a_start_leaves_no_process_behind() -> None:
    played = Played([ANSWERS_AND_ENDS, ANSWERS], ends_amid=2)
    async with asyncio.timeout(WAIT_S):
        await played.run("127.0.0.1", 0)
    assert (played.starts[1], played._running) == (2, set())


async def served(played: Played, starts: int) -> None:
    """Waits until the address is told and the second place had so many starts; then the hub ends as it is told to."""
    serving = asyncio.create_task(played.run("127.0.0.1", 0))
    async with asyncio.timeout(WAIT_S):
        await played.told.wait()
        while played.starts[1] < starts and not serving.done():
            await asyncio.sleep(0.01)
        assert not serving.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
