"""Jobs through the tunnel while programs are killed or frozen, and cables are cut, slow or lossy, drawn from a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

import attrs
import trio
from rig import AgentJob, ProgramFailed, story

from tunnel_rig._sites import CLOUD, DEVICE, HOME, OFFICE, Sites
from tympan_net.http_client import NetError

VICTIMS: Final = (HOME, CLOUD, *OFFICE, DEVICE)
_STEP_S: Final = 4.0
"""Frames that did not come by then do not come of this job."""
_FRAMES: Final = 60
"""About as many go over a cable from the spooler's job to the paper."""
_SHORT_S: Final = (0.1, 2.0)
_LONG_S: Final = (9.0, 14.0)
"""Longer than a lease: another agent has it when the first one is back."""
_LONG_SHARE: Final = 0.2
_SLOW_S: Final = (0.05, 0.6)
_LOSS: Final = (0.05, 0.5)
_SETTLED_S: Final = 420.0
_TOLD: Final = 6
"""Lines of a story that are shown of a job that does not end."""


class Kind(StrEnum):
    """What happens to somebody."""

    KILL = "kill -9"
    FREEZE = "frozen"
    CUT = "cut"
    SLOW = "slow"
    LOSS = "lossy"


@attrs.frozen(kw_only=True)
class Strike:
    """One of them.

    Attributes:
        victim: The host it happens to.
        kind: What.
        frames: After so many frames on its cable since the job was sent.
        delay_s: And so long after it.
        lasts_s: How long it lasts.
        much: How slow, seconds, or how lossy.
    """

    victim: str
    kind: Kind
    frames: int
    delay_s: float
    lasts_s: float
    much: float


@attrs.define(kw_only=True)
class Storm:
    """One run.

    Attributes:
        here: What it blows over.
        dice: For all that is drawn.
        accepted: Titles the agent at home took.
        struck: How many there were of each kind, by victim.
        late: Those of them whose frames never came.
    """

    here: Sites
    dice: random.Random
    tried: list[str] = attrs.field(factory=list)
    accepted: list[str] = attrs.field(factory=list)
    struck: Counter[tuple[str, Kind]] = attrs.field(factory=Counter)
    late: int = 0

    async def blow(self, points: int) -> None:
        """So many jobs, each with a strike amid it; nobody waits for the end of one before the next."""
        for strike in strikes(self.dice, points):
            print(strike)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send)
                await self._until(strike)
                await self._strike(strike)
                await trio.sleep(strike.lasts_s)
                await self._mend(strike)
            self.struck[strike.victim, strike.kind] += 1

    async def _send(self) -> None:
        title = f"{len(self.tried):04}"
        self.tried.append(title)
        try:
            await self.here.send(title)
        except NetError:
            return  # whoever was cut off before the agent took it has it still
        self.accepted.append(title)

    async def _until(self, strike: Strike) -> None:
        cable = self.here.cables[strike.victim]
        wanted = cable.passed + strike.frames
        with trio.move_on_after(_STEP_S) as waited:
            while cable.passed < wanted:
                await trio.sleep(0.001)
        self.late += waited.cancelled_caught
        await trio.sleep(strike.delay_s)

    async def _strike(self, strike: Strike) -> None:
        program, cable = self.here.program(strike.victim), self.here.cables[strike.victim]
        match strike.kind:
            case Kind.KILL:
                await program.kill9()
            case Kind.FREEZE:
                program.pause()
            case Kind.CUT:
                cable.cut = True
            case Kind.SLOW:
                cable.delay_s = strike.much
            case Kind.LOSS:
                cable.loss = strike.much

    async def _mend(self, strike: Strike) -> None:
        self.here.cables.mend()
        program = self.here.program(strike.victim)
        if not program.running:
            await self.here.start(strike.victim)
        program.resume()

    async def settle(self) -> dict[str, AgentJob]:
        """How all jobs ended, by title; raises ``AssertionError`` naming each that did not, and why."""
        jobs: dict[str, AgentJob] = {}
        with trio.move_on_after(_SETTLED_S):
            while not jobs or not all(job.over for job in jobs.values()):
                await trio.sleep(0.5)
                jobs = await self.here.jobs()
            return jobs
        open_still = [job for job in jobs.values() if not job.over]
        raise AssertionError("\n".join([await self._why(job) for job in open_still]))

    async def _why(self, job: AgentJob) -> str:
        try:
            told = (await story(self.here.home, job.number))[-_TOLD:]
        except ProgramFailed as error:
            return f"{job.name}: {job.state}, {job.detail}; {error}"
        return f"{job.name}: {job.state}, {job.detail}; {[f'{line.what} ({line.why})' for line in told]}"


def strikes(dice: random.Random, count: int) -> Iterator[Strike]:
    """Draws some: every kind of every victim before one comes again."""
    deck: list[tuple[str, Kind]] = []
    for _ in range(count):
        if not deck:
            deck = [(victim, kind) for victim in VICTIMS for kind in Kind]
            dice.shuffle(deck)
        yield _drawn(dice, *deck.pop())


def _drawn(dice: random.Random, victim: str, kind: Kind) -> Strike:
    span = _LONG_S if dice.random() < _LONG_SHARE else _SHORT_S
    return Strike(
        victim=victim,
        kind=kind,
        frames=dice.randint(1, _FRAMES),
        delay_s=dice.choice((0.0, dice.uniform(0, 0.03), dice.uniform(0, 0.3))),
        lasts_s=dice.uniform(*span),
        much=dice.uniform(*(_SLOW_S if kind is Kind.SLOW else _LOSS)),
    )
