"""A second agent, with the kernel's real store and dispatcher, prints what it never had from a sealed copy."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from crash_world import Agent, Fate, World
from pull_release_rig import MEMBER, POINT, pull

from tympan.plugin import JobState
from tympan.testing import FakeHost, FakeHubDownloads, FakeHubIdentity
from tympan_wire.hub import HeldNote, MirroredJob, ReleaseOrder, encode
from tympan_wire.sealed import Recipient, Sealer, new_key, seal_note, wrap_for

JOB = uuid.UUID(int=77)
SECRET = b"%PDF the merger with Umbrella" * 10_000
ME = Recipient.generate()


def copy(printer: str) -> tuple[MirroredJob, bytes]:
    """A job of another agent, as it lies at the hub."""
    key = new_key()
    sealer = Sealer(key, JOB)
    kept = sealer.header() + sealer.update(SECRET) + sealer.finish()
    note = HeldNote(name="Plans", user="ada", printer=printer, media_type="application/pdf", size_bytes=len(SECRET))
    envelope = wrap_for(key, ME.public, document=JOB, context=b"tympan mirror " + MEMBER.tenant.encode())
    mirrored = MirroredJob(
        upload="kept", size=len(kept), envelope=text(envelope), note=text(seal_note(key, encode(note), document=JOB))
    )
    return mirrored, kept


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Second(Agent):
    """An agent with a key of its own, to which the hub gives what it keeps."""

    def __init__(self, world: World, kept: bytes) -> None:
        super().__init__(world, Fate(0), dt.timedelta())
        self._kept = kept

    def _host(self, *arguments: Any) -> FakeHost:
        host = super()._host(*arguments)
        host.offered += [FakeHubIdentity(ME), FakeHubDownloads({"kept": self._kept})]
        return host

    def _reported(self, job: uuid.UUID) -> bool:
        return True

    async def _submit(self, jobs: int) -> None:
        await trio.lowlevel.checkpoint()


def ran(folder: Path, mirrored: MirroredJob, kept: bytes) -> tuple[World, Second]:
    world = World(folder)
    order = ReleaseOrder(id=uuid.uuid4(), fence=2, job=JOB, printer=POINT.id, by="Ada", within_s=60, mirrored=mirrored)
    world.order([order])
    agent = Second(world, kept)
    agent.run(0)
    return world, agent


@pytest.mark.parametrize("queue", [pull().id, "unknown-here"])
def test_the_copy_is_printed_once_and_nothing_of_it_stays(tmp_path: Path, queue: str) -> None:
    mirrored, kept = copy(queue)
    world, agent = ran(tmp_path, mirrored, kept)
    assert world.printed == [JOB]
    assert list(world.words.values()) == [{"begun"}]
    job = agent.book.memory.known(JOB)
    assert (job.state, job.user, job.size_bytes) == (JobState.COMPLETED, "ada (elsewhere)", len(SECRET))
    assert job.target == POINT.id
    assert not agent.book.moves.has_document(job)
    rest = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"the merger with Umbrella" not in rest, "no document is ever in clear on the disk"


def test_a_changed_copy_prints_nothing_and_a_good_one_is_taken_after_it(tmp_path: Path) -> None:
    mirrored, kept = copy(pull().id)
    (tmp_path / "bad").mkdir()
    world, agent = ran(tmp_path / "bad", mirrored, kept[:-1] + bytes([kept[-1] ^ 1]))
    assert (world.printed, list(world.words.values())) == ([], [{"refused"}])
    assert agent.book.memory.known(JOB).state is JobState.ABORTED
    order = attrs.evolve(
        ReleaseOrder(id=uuid.uuid4(), fence=3, job=JOB, printer=POINT.id, by="Ada", within_s=60), mirrored=mirrored
    )
    world.order([order])
    Second(world, kept).run(0)
    assert world.printed == [JOB]
