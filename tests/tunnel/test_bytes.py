"""Sealed bytes through a real hub: over a line that is cut, to another network, with both ends begun anew."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import attrs
import pytest
import trio
from bytes_rig import Line, Sealed, Site, end, growth_mib, line, restart_growth, sealed, site
from https_rig import QUICK, Parts, parts
from hub_rig import bucket_server

from tympan.testing import FakeHost
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_PRESIGNED, Verdict
from tympan_transport_https import _calls
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._uploads import HttpsUploads
from tympan_wire.hub import PART_BYTES

pytestmark = [pytest.mark.anyio, pytest.mark.system]
MIB = 1 << 20
WAIT_S = 240.0
HEADS = 50
"""Heads of requests, tokens and questions are less than one byte in so many."""


def points(seed: int, size: int, cuts: int) -> list[int]:
    """Where a line is cut, anywhere in a document."""
    return sorted(Random(seed).sample(range(size // 100, size - size // 100), cuts))


def check_sent_once(passed: int, document: Sealed, cuts: int) -> None:
    """Of what passed the line, all but one part for each cut is the document itself."""
    again = passed - document.size
    assert again <= cuts * PART_BYTES + document.size // HEADS, f"{again} bytes went again for {cuts} cuts"


@attrs.define
class Crossed:
    """How a document went there and back: what grew meanwhile, in MiB."""

    hub: float
    sender: float
    receiver: float


async def crossed(place: Path, *, size: int, seed: int, cuts: int) -> Crossed:
    """A document through a line that is cut on both ways; it is checked that it arrives, and what it cost."""
    document = sealed(place / "document", size, seed)
    async with (
        site(place / "hub") as at,
        line(at.at.port) as up,
        line(at.at.port) as down,
        end(up.url, await at.token()) as sender,
        end(down.url, await at.token()) as receiver,
    ):
        pids = at.at.program.pid, sender.pid, receiver.pid
        before = [restart_growth(pid) for pid in pids]
        up.cut_at(points(seed, document.size, cuts))
        reference = (await sender.upload(document, "tunnel/1"))["reference"]
        assert up.cuts == cuts
        check_sent_once(up.up, document, cuts)
        at.mirror(reference, document.size, sender.agent, receiver.agent)
        down.cut_at(points(seed + 1, document.size, cuts))
        assert (await receiver.download(document, reference))["sha256"] == document.sha256
        assert down.cuts == cuts
        check_sent_once(down.down, document, cuts)
        return Crossed(*[growth_mib(pid, was) for pid, was in zip(pids, before, strict=True)])


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
async def test_a_line_that_is_cut_costs_one_part_each_time(tmp_path: Path, seed: int) -> None:
    with trio.fail_after(WAIT_S):
        await crossed(tmp_path, size=24 * MIB, seed=seed, cuts=5)


@pytest.mark.soak
async def test_two_gib_over_a_line_cut_twenty_times_need_little_memory(tmp_path: Path) -> None:
    grew = await crossed(tmp_path, size=2048 * MIB, seed=3, cuts=20)
    assert grew.sender <= 64
    assert grew.receiver <= 64
    assert grew.hub <= 32


async def pieces(document: Sealed) -> AsyncIterator[bytes]:
    async with await trio.open_file(document.path, "rb") as file:
        while piece := await file.read(100_000):
            yield piece


async def upload(made: Parts, document: Sealed) -> str:
    return await HttpsUploads(made.link).upload("tunnel/1", pieces(document), size_bytes=document.size, user="ben")


def sha256(document: Sealed) -> str:
    return hashlib.sha256(document.path.read_bytes()).hexdigest()


async def readable(at: Site, made: Parts, document: Sealed) -> str:
    """An upload that its own agent may fetch."""
    reference = await upload(made, document)
    member = made.membership.member
    assert member is not None
    at.mirror(reference, document.size, member.agent, member.agent)
    return reference


async def test_a_receiver_goes_on_where_it_was_after_both_ends_began_anew(tmp_path: Path) -> None:
    document, host, found = sealed(tmp_path / "document", 6 * MIB, 4), fresh(), bytearray()
    async with site(tmp_path / "hub") as at, line(at.at.port) as way:
        with trio.fail_after(WAIT_S):
            async with parts(host) as made:
                await made.membership.join(way.url, await at.token())
                reference = await readable(at, made, document)
                async for piece in HttpsDownloads(made.link).download(reference, size_bytes=document.size):
                    found += piece
                    if len(found) >= 2 * MIB:
                        break
            await at.at.program.kill9()
            await at.at.start()
            passed, had = way.down, len(found)
            async with parts(host) as made:
                downloads = HttpsDownloads(made.link)
                async for piece in downloads.download(reference, size_bytes=document.size, start=had):
                    found += piece
    assert hashlib.sha256(found).hexdigest() == sha256(document)
    assert way.down - passed <= document.size - had + document.size // HEADS, "what was here did not come again"


async def moved(way: Line, after: int) -> None:
    """Changes the network once so many bytes passed."""
    while way.up + way.down < after:
        await trio.sleep(0.01)
    way.move()


async def test_another_network_is_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_calls, "ANSWER_S", 3.0)
    monkeypatch.setattr(_calls, "STALL_S", 3.0)
    document, found = sealed(tmp_path / "document", 12 * MIB, 5), hashlib.sha256()
    async with site(tmp_path / "hub") as at, line(at.at.port) as way, parts(fresh()) as made:
        with trio.fail_after(WAIT_S):
            await made.membership.join(way.url, await at.token())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(moved, way, 4 * MIB)
                reference = await readable(at, made, document)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(moved, way, way.up + way.down + 4 * MIB)
                async for piece in HttpsDownloads(made.link).download(reference, size_bytes=document.size):
                    found.update(piece)
    assert found.hexdigest() == sha256(document)
    assert way.cuts == 2


async def presigned(at: Site) -> None:
    """The hub's policy lets agents fetch from its store."""

    async def switch() -> None:
        async with hub(at.home) as services:
            await services.policy.switch(SERVICE, CONSOLE, TUNNEL_PRESIGNED, Verdict.ON)

    await trio.to_thread.run_sync(asyncio.run, switch())


@pytest.mark.parametrize("allowed", [True, False], ids=["allowed", "by default"])
async def test_a_bucket_gives_sealed_bytes_itself_only_where_policy_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    document, found = sealed(tmp_path / "document", 5 * MIB, 6), hashlib.sha256()
    with bucket_server() as bucket, trio.fail_after(WAIT_S):
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        async with (
            site(tmp_path / "hub", store=f"s3://{bucket.name}/hub") as at,
            line(at.at.port) as way,
            parts(fresh()) as made,
        ):
            if allowed:
                await presigned(at)
            await made.membership.join(way.url, await at.token())
            reference, before = await readable(at, made, document), way.down
            async for piece in HttpsDownloads(made.link).download(reference, size_bytes=document.size):
                found.update(piece)
            through_the_hub = way.down - before
    assert found.hexdigest() == sha256(document)
    assert (through_the_hub < MIB) == allowed


def fresh() -> FakeHost:
    return FakeHost("transport_https", settings=attrs.asdict(QUICK))
