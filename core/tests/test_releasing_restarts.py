"""Jobs released, held again and canceled at random while the agent is stopped at random moments: each comes out once at
most, where it was released to, and none that nobody released."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
import trio
from kernel_rig import PRINTER, QUICK, Rig, ScriptedGate, ScriptedRoute, rig

from tympan._errors import IllegalStep
from tympan._ids import PrinterId, printer_id
from tympan._ports import Completed, Delivery, Go, Outcome, SendAgain
from tympan._states import JobState
from tympan._values import Printer, PrinterMode

pytestmark = pytest.mark.anyio

PULL = attrs.evolve(PRINTER, uri="", mode=PrinterMode.PULL)
POINTS = tuple(
    Printer(id=printer_id(name), name=name, uri=f"ipp://{name}.example/", offered=False, releases=True)
    for name in ("hall", "yard", "room")
)
RUNS, JOBS, ACTS = 6, 24, 40
ON_ITS_WAY = frozenset({JobState.RECEIVED, JobState.QUEUED, JobState.WAITING, JobState.SENDING, JobState.PRINTING})


@attrs.define(eq=False)
class World:
    """Devices that remember what came out of them, and a person at each."""

    dice: random.Random
    released: dict[uuid.UUID, set[PrinterId]] = attrs.field(factory=dict)
    came_out: list[tuple[PrinterId, uuid.UUID]] = attrs.field(factory=list)

    async def pause(self) -> None:
        await trio.sleep(self.dice.random() * 0.002)

    async def deliver(self, delivery: Delivery) -> Outcome:
        where, job = delivery.printer.id, delivery.job.uuid
        await self.pause()
        await delivery.checkpoint(b"asked", what="asks the device")
        await self.pause()
        assert where in self.released.get(job, ()), "it came out where nobody released it to"
        self.came_out.append((where, job))
        await self.pause()
        await delivery.sent(b"asked")
        await self.pause()
        return Completed()

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        await self.pause()
        if (delivery.printer.id, delivery.job.uuid) not in self.came_out:
            return SendAgain(why="the device has nothing of it")
        await delivery.sent(b"asked")
        return Completed()

    async def act(self, kernel: Rig) -> None:
        """Somebody does something, which may make no sense."""
        jobs = kernel.book.all()
        if not jobs or (len(jobs) < JOBS and self.dice.random() < 0.4):
            await kernel.submit()
            return
        job = self.dice.choice(jobs).uuid
        try:
            match self.dice.choices(["release", "hold", "cancel"], [8, 2, 1])[0]:
                case "release":
                    to = self.dice.choice(POINTS).id
                    self.released.setdefault(job, set()).add(to)
                    await kernel.book.release(job, by="ada", to=to)
                case "hold":
                    await kernel.book.hold(job, by="the hub")
                    self.released.pop(
                        job, None
                    )  # taken back: it comes out where it is released to next, and only there
                case "cancel":
                    await kernel.book.cancel(job, by="ada")
        except IllegalStep:
            pass

    def check(self, kernel: Rig) -> None:
        out = [job for _, job in self.came_out]
        assert len(out) == len(set(out)), "a job came out twice"
        for job in kernel.book.all():
            if job.state is JobState.COMPLETED:
                assert job.uuid in out
            if job.state in (JobState.HELD, JobState.RECEIVED):
                assert job.uuid not in out


@pytest.mark.parametrize("seed", range(4))
async def test_stopped_at_random_moments(tmp_path: Path, seed: int) -> None:
    await played(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 400))
async def test_stopped_at_many_random_moments(tmp_path: Path, seed: int) -> None:
    await played(tmp_path, seed)


async def played(folder: Path, seed: int) -> None:
    world = World(random.Random(seed))
    for _ in range(RUNS):
        with trio.move_on_after(world.dice.random() * 0.3):
            async with running(folder, world) as kernel:
                for _ in range(ACTS):
                    await world.act(kernel)
                    await world.pause()
                await trio.sleep_forever()
    async with running(folder, world) as kernel:
        for _ in range(ACTS):  # a busy machine may have stopped all before anything was done
            await world.act(kernel)
            await world.pause()
        with trio.fail_after(60):
            while any(job.state in ON_ITS_WAY for job in kernel.book.all()):
                await trio.sleep(0.01)
        world.check(kernel)
        assert kernel.charged == []
        assert world.came_out, "nothing was played"


@asynccontextmanager
async def running(folder: Path, world: World) -> AsyncIterator[Rig]:
    """The agent, with its printers; leaving it is to be stopped."""
    route = ScriptedRoute(world.deliver, world.recover)
    limits = attrs.evolve(QUICK, retry_first_s=0.05)
    async with rig(folder, route, ScriptedGate(Go()), limits=limits, plugins_started=False) as kernel:
        for printer in (PULL, *POINTS):
            kernel.printers.add(printer)
        kernel.dispatcher.gates_known()
        yield kernel
