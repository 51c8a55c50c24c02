"""The job store under ``kill -9``: what was acknowledged is there afterwards, whole.

Run as a script, this file is the process that gets killed.
"""

import datetime as dt
import hashlib
import os
import random
import selectors
import subprocess
import sys
import time
import uuid
from pathlib import Path

import attrs
import pytest
import trio

from tympan._errors import NotFound
from tympan._ids import printer_id
from tympan._states import JobState
from tympan._store import Store
from tympan._values import Job, TimelineEntry

KEY = bytes(range(32))
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
SIZES = (1000, 10_000, 400_000, 3_000_000)
ROUNDS = 5
DEADLINE_S = 60.0
pytestmark = pytest.mark.anyio


# ---------------------------------------------------------------------------------------------- the child


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def accept_for_ever(store: Store, seed: int) -> None:
    dice = random.Random(seed)
    while True:
        data = dice.randbytes(dice.choice(SIZES))
        job = Job(uuid=uuid.uuid4(), number=store.allocate_number(), printer=printer_id("desk"), created_at=NOW)
        job = attrs.evolve(job, state=JobState.RECEIVED, size_bytes=len(data))
        sink = store.sink(job.uuid)
        for at in range(0, len(data), 100_000):
            await sink.write(data[at : at + 100_000])
        await store.accept(job, await sink.finish(), [TimelineEntry(at=NOW, what="received", state=job.state)])
        say("accepted", job.uuid, job.number, hashlib.sha256(data).hexdigest())
        if dice.random() < 0.4:
            say("erasing", job.uuid)
            await store.erase(attrs.evolve(job, state=JobState.COMPLETED))
            say("erased", job.uuid)


async def child(root: str, seed: int) -> None:
    store = Store(Path(root), KEY)
    await store.open()
    async with trio.open_nursery() as nursery:
        for task in range(4):
            nursery.start_soon(accept_for_ever, store, seed * 10 + task)


# ---------------------------------------------------------------------------------------------- the test


@attrs.define
class Told:
    """What children said before they were killed."""

    accepted: dict[uuid.UUID, tuple[int, str]] = attrs.field(factory=dict)
    erasing: set[uuid.UUID] = attrs.field(factory=set)
    erased: set[uuid.UUID] = attrs.field(factory=set)

    def hear(self, line: str) -> None:
        word, name, *rest = line.split()
        if word == "accepted":
            self.accepted[uuid.UUID(name)] = (int(rest[0]), rest[1])
        else:
            (self.erasing if word == "erasing" else self.erased).add(uuid.UUID(name))


def run_and_kill(root: Path, seed: int, lines: int) -> str:
    """Lets a child work until it said so many lines, kills it in mid-work, and gives all it said."""
    process = subprocess.Popen([sys.executable, __file__, str(root), str(seed)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    said, end = b"", time.monotonic() + DEADLINE_S
    with process, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while said.count(b"\n") < lines and time.monotonic() < end:
            if selector.select(end - time.monotonic()):
                said += os.read(process.stdout.fileno(), 65536)
        process.kill()
        said += process.stdout.read()
    assert said.count(b"\n") >= lines, "the child did not get going"
    # The last line may be cut; a cut one acknowledged nothing.
    return said[: said.rfind(b"\n")].decode()


async def check(root: Path, told: Told) -> None:
    store = Store(root, KEY)
    await store.open()
    try:
        jobs = {job.uuid: job for job in await store.load_all(keep_ended=100_000)}
        assert (store.damaged, store.missing) == ((), frozenset())
        assert set(told.accepted) <= set(jobs)
        for name, (number, digest) in told.accepted.items():
            assert jobs[name].number == number
            assert (await store.timeline(name))[0].what == "received"
            await check_document(store, jobs[name], digest, told)
        assert store.allocate_number() > max(number for number, _ in told.accepted.values())
        assert len({job.number for job in jobs.values()}) == len(jobs)
    finally:
        await store.close()


async def check_document(store: Store, job: Job, digest: str, told: Told) -> None:
    if job.state is JobState.COMPLETED:
        assert job.uuid in told.erasing
        with pytest.raises(NotFound):
            store.document(job)
        return
    assert job.uuid not in told.erased
    found = hashlib.sha256()
    async for piece in store.document(job).stream():
        found.update(piece)
    assert found.hexdigest() == digest


async def test_everything_acknowledged_survives_kills_at_random_points(tmp_path: Path) -> None:
    dice, told = random.Random(20260301), Told()
    for seed in range(ROUNDS):
        for line in run_and_kill(tmp_path, seed, dice.randrange(1, 120)).splitlines():
            told.hear(line)
        await check(tmp_path, told)
    assert len(told.accepted) > ROUNDS
    assert told.erased


if __name__ == "__main__":
    trio.run(child, sys.argv[1], int(sys.argv[2]))
