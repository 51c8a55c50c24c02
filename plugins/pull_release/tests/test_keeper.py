"""The keeper: documents of jobs that others hold are kept here as ciphertext, printed from here by an order alone."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
import trio
from pull_release_rig import MEMBER, POINT, Rig, running
from test_mirror import OTHER, SECRET, Copy, copied, second

from tympan.plugin import JobState, Member
from tympan.testing import FakeHubDownloads
from tympan_pull_release import _keeper, _orders
from tympan_relay import _copies, _kept, _sealed_files
from tympan_wire.hub import KeepOrder, ReleaseOutcome
from tympan_wire.sealed import Recipient

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """On the clock of this machine, for files are written by threads."""
    return "trio"


@pytest.fixture
async def copy(monkeypatch: pytest.MonkeyPatch) -> Copy:
    return await copied(monkeypatch, ticket=b"a ticket", media_type="application/pdf")


@asynccontextmanager
async def keeping(rig: Rig, copy: Copy) -> AsyncIterator[Rig]:
    """A second agent that was asked to keep it."""
    rig.hub.keep = [KeepOrder(job=copy.job.uuid, mirrored=copy.mirrored)]
    rig.host.ready_event = trio.Event()
    async with running(rig):
        rig.look()
        yield rig


async def files(rig: Rig) -> list[Path]:
    return [path for path in (await rig.host.folder()).rglob("*") if path.is_file()]


async def kept(rig: Rig, copy: Copy) -> None:
    await rig.until(lambda: rig.hub.kept == (copy.job.uuid,))


async def dropped(rig: Rig) -> None:
    with trio.fail_after(5):
        while await files(rig):
            await trio.sleep(0.01)


async def test_what_is_kept_is_ciphertext_and_no_job_of_this_agent(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
        [file] = await files(rig)
        assert file.read_bytes() == copy.uploads[copy.mirrored.upload]
        assert file.stat().st_mode & 0o077 == 0
        assert rig.host.jobs.find(copy.job.uuid) is None, "nobody at this computer sees that it is there"
    everything = file.read_bytes() + b"".join(rig.host.state.values.values())
    for word in (b"merger", b"Secret plans", b"a ticket", base64.b64decode(copy.mirrored.envelope)):
        assert word not in everything


async def test_an_order_prints_it_from_here_when_the_hub_has_it_no_more(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
        copy.uploads.clear()
        order = rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.host.jobs.find(copy.job.uuid))
        job = await rig.state(rig.host.jobs.known(copy.job.uuid), JobState.QUEUED)
        assert rig.host.jobs.contents[job.uuid] == SECRET
        assert (job.name, job.ticket, job.target) == ("Secret plans", b"a ticket", POINT.id)
        assert await files(rig) == [], "it rests in one place"
        rig.takes(job)
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].order, rig.hub.words[0].outcome) == (order.id, ReleaseOutcome.BEGUN)


async def test_a_restart_keeps_what_was_kept_and_fetches_nothing_again(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
    copy.uploads.clear()
    (await files(rig))[0].with_name("cut.part").write_bytes(b"half of another")
    async with keeping(rig, copy):
        rig.hub.kept = ()
        rig.look()
        await kept(rig, copy)
        assert len(await files(rig)) == 1, "what a crash left unfinished is gone"


async def test_what_is_wanted_no_longer_is_erased(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
        rig.hub.drop, rig.hub.keep = [copy.job.uuid], []
        rig.look()
        await dropped(rig)
        rig.look()
        await rig.until(lambda: rig.hub.kept == ())


@pytest.mark.parametrize("attack", ["changed", "cut", "stranger", "elsewhere"])
async def test_a_copy_that_is_not_whole_or_not_for_this_agent_is_not_kept(copy: Copy, attack: str) -> None:
    body = bytearray(copy.uploads[copy.mirrored.upload])
    recipient = Recipient.generate() if attack == "stranger" else OTHER
    wanted = copy
    if attack == "changed":
        body[-1] ^= 1
        copy.uploads[copy.mirrored.upload] = bytes(body)
    elif attack == "cut":
        copy.uploads[copy.mirrored.upload] = bytes(body[:-5])
        wanted = attrs.evolve(copy, mirrored=attrs.evolve(copy.mirrored, size=len(body) - 5))
    elif attack == "elsewhere":
        wanted = attrs.evolve(copy, job=attrs.evolve(copy.job, uuid=uuid.uuid4()))
    rig = second(copy, POINT, recipient=recipient)
    async with keeping(rig, wanted):
        await rig.until(lambda: rig.host.logged)
        assert "is not kept here yet" in rig.host.logged[0][0]
        assert (await files(rig), rig.hub.kept) == ([], ())


async def test_what_failed_is_fetched_again_but_not_with_every_look(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copy.uploads.pop(copy.mirrored.upload)
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await rig.until(lambda: rig.host.logged)
        copy.uploads[copy.mirrored.upload] = whole
        looks = rig.hub.fetched
        rig.look()
        await rig.until(lambda: rig.hub.fetched > looks)
        assert await files(rig) == []
        monkeypatch.setattr(_keeper, "KEEP_RETRY_S", 0.0)
        rig.look()
        await kept(rig, copy)


async def test_a_copy_spoiled_on_the_disk_prints_nothing_and_is_none_any_more(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
        [file] = await files(rig)
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        rig.hub.keep = []
        rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is ReleaseOutcome.REFUSED
        await dropped(rig)


@pytest.mark.parametrize("most", ["KEPT_MOST", "KEPT_BYTES", "KEPT_FREE_BYTES"])
async def test_there_is_an_end_to_what_it_keeps(copy: Copy, monkeypatch: pytest.MonkeyPatch, most: str) -> None:
    monkeypatch.setattr(_kept, most, 1 << 60 if most == "KEPT_FREE_BYTES" else 0)
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await rig.until(lambda: rig.host.logged)
        assert await files(rig) == []


async def test_policy_that_says_no_and_another_membership_erase_it(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
        rig.host.denied.add("pull.mirror")
        rig.look()
        await dropped(rig)
        looks = rig.hub.fetched
        rig.look()
        await rig.until(lambda: rig.hub.fetched > looks)
        assert await files(rig) == [], "nor is it fetched again"
        rig.host.denied.clear()
        rig.look()
        await kept(rig, copy)
        rig.membership.become(None)
        await dropped(rig)


async def test_what_another_agent_of_this_folder_kept_is_erased(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
    rig.membership.become(Member(address="https://new.example", agent="agent-9", tenant="acme", policy_keys=()))
    rig.hub.kept, rig.hub.keep = (uuid.uuid4(),), []
    rig.host.ready_event = trio.Event()
    async with running(rig):
        rig.look()
        await rig.until(lambda: rig.hub.kept == ())
        assert await files(rig) == []


async def test_a_copy_spoiled_while_nobody_looked_is_fetched_again_at_the_start(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
    [file] = await files(rig)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + b"x")
    rig.hub.kept = ()
    async with keeping(rig, copy):
        await kept(rig, copy)
        assert (await files(rig))[0].read_bytes() == whole


async def test_a_copy_spoiled_while_nobody_looked_is_not_told_to_the_hub(copy: Copy) -> None:
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await kept(rig, copy)
    [file] = await files(rig)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    rig.hub.kept, copy.uploads = (), {}
    rig.host.offered = [port for port in rig.host.offered if not isinstance(port, FakeHubDownloads)]
    async with keeping(rig, copy):
        await dropped(rig)
        assert rig.hub.kept == ()


async def test_a_disk_that_does_not_give_back_what_was_written_keeps_nothing(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sealed_files, "digest", lambda path: "0" * 64)
    rig = second(copy, POINT)
    async with keeping(rig, copy):
        await rig.until(lambda: rig.host.logged)
        assert "does not give back what was written" in str(rig.host.logged[0])
        assert (await files(rig), rig.hub.kept) == ([], ())


class Cut(FakeHubDownloads):
    """A hub that goes away after so many bytes, and tells from where it was asked."""

    def __init__(self, uploads: dict[str, bytes], after: int) -> None:
        super().__init__(uploads)
        self.after = after
        self.starts: list[int] = []

    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        self.starts.append(start)
        content = self.uploads[reference][start:]
        yield content[: self.after]
        if len(content) > self.after:
            await trio.sleep_forever()


def cut(rig: Rig, copy: Copy, after: int) -> Cut:
    downloads = Cut(copy.uploads, after)
    rig.host.offered = [port for port in rig.host.offered if not isinstance(port, FakeHubDownloads)] + [downloads]
    return downloads


async def fetched_half(rig: Rig, half: int) -> None:
    with trio.fail_after(5):
        while [file.stat().st_size for file in await files(rig)] != [half]:
            await trio.sleep(0.01)


async def test_what_was_cut_off_is_gone_on_with_after_a_restart(copy: Copy) -> None:
    rig = second(copy, POINT)
    downloads = cut(rig, copy, 40)
    async with keeping(rig, copy):
        await fetched_half(rig, 40)
    downloads.after = 1_000
    async with keeping(rig, copy):
        await kept(rig, copy)
    assert downloads.starts == [0, 40]
    assert (await files(rig))[0].read_bytes() == copy.uploads[copy.mirrored.upload]


async def test_a_spoiled_beginning_is_begun_anew(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_keeper, "KEEP_RETRY_S", 0.0)
    rig = second(copy, POINT)
    downloads = cut(rig, copy, 40)
    async with keeping(rig, copy):
        await fetched_half(rig, 40)
    [half] = await files(rig)
    half.write_bytes(bytes(40))
    downloads.after = 1_000
    async with keeping(rig, copy):
        await rig.until(lambda: rig.host.logged)
        rig.look()
        await kept(rig, copy)
    assert downloads.starts[-1] == 0


async def test_a_release_cut_in_time_leaves_what_the_next_one_goes_on_with(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    monkeypatch.setattr(_orders, "WITHIN_MOST_S", 0.3)
    rig = second(copy, POINT)
    downloads = cut(rig, copy, 40)
    async with running(rig):
        rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert "did not come in time" in rig.hub.words[0].detail
        assert rig.host.jobs.find(copy.job.uuid) is None
        downloads.after = 1_000
        rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.host.jobs.find(copy.job.uuid))
        await rig.state(rig.host.jobs.known(copy.job.uuid), JobState.QUEUED)
        assert rig.host.jobs.contents[copy.job.uuid] == SECRET
        assert await files(rig) == []
    assert downloads.starts == [0, 40]


async def test_what_was_cut_off_goes_after_a_day_and_with_the_membership(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_copies, "RESUMED_BYTES", 1)
    rig = second(copy, POINT)
    cut(rig, copy, 40)
    async with running(rig):
        rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await fetched_half(rig, 40)
    rig.hub.orders.clear()
    rig.hub.fetched = 0
    [half] = await files(rig)
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.hub.fetched)
        assert await files(rig) == [half]
        rig.membership.become(None)
        await dropped(rig)
        half.write_bytes(bytes(40))
        os.utime(half, (0, 0))
        rig.membership.become(Member(**{**attrs.asdict(MEMBER), "agent": "agent-2"}))
        await dropped(rig)
