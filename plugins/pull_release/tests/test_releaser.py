"""The desk: what people at this machine release, here or by the hub's word, and what a grant does while it is away."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pull_release_rig import MEMBER, POINT, RULES, Away, Rig, made, pull, running

from tympan.plugin import BadInput, JobState, ReleaseWish, TympanError
from tympan.testing import ReleaserSuite
from tympan_pull_release import _orders
from tympan_pull_release._errors import GrantRefused, HubNeeded, HubNotThere, NoDevice, NothingHeld
from tympan_pull_release._releaser import Desk
from tympan_wire.grants import GRANT
from tympan_wire.hub import JobRefused, Operation, ReleaseAnswer, ReleaseAsked, ReleaseGrant, decode, encode

pytestmark = pytest.mark.anyio

KEY = Ed25519PrivateKey.generate()
GRANTING = attrs.evolve(MEMBER, policy_keys=(KEY.public_key().public_bytes_raw(),))
OFFLINE = attrs.evolve(RULES, offline=True)


def answering(rig: Rig) -> None:
    """The hub as its portal: orders what is asked for at a place there is, and refuses what another printed."""

    def answer(payload: bytes) -> bytes:
        asked = decode(ReleaseAsked, payload)
        if asked.point != "hall":
            raise BadInput("there is no such place")
        for job in asked.jobs:
            rig.hub.order(job, changes=asked.changes)
        return encode(ReleaseAnswer(ordered=asked.jobs, notes=("Hall has no colour.",)))

    rig.link.answers[Operation.RELEASE_ASK] = answer


class TestDesk(ReleaserSuite):
    @pytest.fixture
    async def rig(self) -> AsyncIterator[Rig]:
        async with running() as rig:
            answering(rig)
            yield rig

    @pytest.fixture
    async def mine(self, rig: Rig) -> tuple[uuid.UUID, ...]:
        return (await rig.print_()).uuid, (await rig.print_()).uuid

    @pytest.fixture
    async def theirs(self, rig: Rig) -> uuid.UUID:
        return (await rig.print_(user="bob")).uuid

    @pytest.fixture
    def releaser(self, rig: Rig, mine: tuple[uuid.UUID, ...], theirs: uuid.UUID) -> Desk:
        return rig.desk

    @pytest.fixture
    def user(self) -> str:
        return "ada"

    @pytest.fixture
    def at(self) -> str:
        return "hall"


async def test_the_hub_decides_and_its_order_comes_at_once() -> None:
    async with running() as rig:
        answering(rig)
        jobs = [await rig.print_(), await rig.print_()]
        wish = ReleaseWish(user="ada", jobs=(jobs[1].uuid,), at="hall", proof="7KQ2", copies=2)
        released = await rig.desk.release(wish)
        assert (released.jobs, released.notes) == ((jobs[1].uuid,), ("Hall has no colour.",))
        [asked] = [decode(ReleaseAsked, body) for name, body in rig.link.requests if name == Operation.RELEASE_ASK]
        assert (asked.user, asked.point, asked.proof, asked.changes.copies) == ("ada", "hall", "7KQ2", 2)
        await rig.state(jobs[1], JobState.QUEUED)
        assert rig.host.jobs.known(jobs[0].uuid).state is JobState.HELD


async def test_what_the_hub_refuses_is_told_with_its_reason() -> None:
    async with running() as rig:
        job = await rig.print_()
        answer = ReleaseAnswer(refused=(JobRefused(job=job.uuid, detail="Hall has no A3."),))
        rig.link.answers[Operation.RELEASE_ASK] = lambda _: encode(answer)
        released = await rig.desk.release(ReleaseWish(user="ada", at="hall"))
        assert [(one.job, one.detail) for one in released.refused] == [(job.uuid, "Hall has no A3.")]
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


@pytest.mark.parametrize("answer", ["away", "garbled"])
async def test_a_hub_that_is_away_releases_nothing_and_says_what_to_do(answer: str) -> None:
    async with running() as rig:
        job = await rig.print_()

        def away(_: bytes) -> bytes:
            if answer == "garbled":
                return b"<html>"
            raise Away("no answer")

        rig.link.answers[Operation.RELEASE_ASK] = away
        with pytest.raises(HubNotThere, match="stays held"):
            await rig.desk.release(ReleaseWish(user="ada", at="hall"))
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_a_wish_without_a_device_a_hub_or_a_job_is_refused() -> None:
    async with running() as rig:
        with pytest.raises(NothingHeld):
            await rig.desk.release(ReleaseWish(user="ada", at="hall"))
        await rig.print_()
        with pytest.raises(NoDevice):
            await rig.desk.release(ReleaseWish(user="ada"))
        await rig.membership.leave()
        with pytest.raises(HubNeeded):
            await rig.desk.release(ReleaseWish(user="ada", at="hall"))
    with pytest.raises(TympanError):
        await rig.desk.release(ReleaseWish(user="ada", at="hall"))


async def test_a_pull_printer_of_this_machine_needs_no_hub() -> None:
    rig = made()
    rig.membership.become(None)
    async with running(rig):
        job, other = await rig.print_(printer="own"), await rig.print_(printer="own")
        elsewhere = await rig.desk.release(ReleaseWish(user="ada", jobs=(job.uuid,), at="hall"))
        assert "comes out there alone" in elsewhere.refused[0].detail
        released = await rig.desk.release(ReleaseWish(user="ada", jobs=(other.uuid,), sides="one-sided"))
        assert released.jobs == (other.uuid,)
        assert rig.host.jobs.known(other.uuid).state is JobState.QUEUED
        assert rig.host.jobs.known(other.uuid).target is None
        assert (await rig.desk.release(ReleaseWish(user="ada"))).jobs == (job.uuid,)


# ---------------------------------------------------------------------- grants


def granted(rig: Rig, job: uuid.UUID, key: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    now = int(rig.host.now().timestamp())
    grant = ReleaseGrant(
        id=uuid.uuid4(), tenant=MEMBER.tenant, agent=MEMBER.agent, job=job, printers=("hall",), by="Ada",
        not_before=now - 10, expires_at=now + 300,
    )  # fmt: skip
    payload = encode(attrs.evolve(grant, **changes))
    name = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    return GRANT.sealed(payload, key_id=name, signature=key.sign(GRANT.to_be_signed(payload)))


def away(rules: Any = OFFLINE) -> Rig:
    rig = made(pull(rules), POINT)
    rig.membership.become(GRANTING)
    rig.hub.away = Away("no answer")
    return rig


def by(*grants: str, at: str = "hall") -> ReleaseWish:
    return ReleaseWish(user="", at=at, grants=grants)


async def test_a_grant_releases_its_job_while_the_hub_is_away() -> None:
    async with running(away()) as rig:
        job, other = await rig.print_(), await rig.print_()
        released = await rig.desk.release(by(granted(rig, job.uuid)))
        assert released.jobs == (job.uuid,)
        queued = await rig.state(job, JobState.QUEUED)
        assert queued.target == POINT.id
        assert rig.host.jobs.known(other.uuid).state is JobState.HELD
        rig.takes(queued)
        rig.hub.away = None
        rig.look()
        await rig.until(lambda: rig.hub.fetched)
        assert rig.hub.words == [], "the hub ordered nothing, and is told by the job's own reports"
        assert rig.hub.granted == (job.uuid,), "until then it gives the job to nobody else"


async def test_a_replayed_grant_does_nothing_also_after_a_restart() -> None:
    rig = away()
    async with running(rig):
        job = await rig.print_()
        grant = granted(rig, job.uuid)
        await rig.desk.release(by(grant))
        await rig.state(job, JobState.QUEUED)
        await rig.host.jobs.hold(job.uuid, by="ada")  # its owner took it back; whoever copied the grant brings it again
        replayed = await rig.desk.release(by(grant))
        assert (replayed.jobs, "used before" in replayed.refused[0].detail) == ((), True)
    rig.host.ready_event = trio.Event()
    async with running(rig):
        replayed = await rig.desk.release(by(grant))
        assert (replayed.jobs, "used before" in replayed.refused[0].detail) == ((), True)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD
        rig.hub.away = None
        rig.look()
        await rig.until(lambda: rig.hub.fetched)
        assert rig.hub.granted == (), "it is held again"


async def test_a_grant_brought_twice_at_once_is_honoured_once() -> None:
    async with running(away()) as rig:
        job = await rig.print_()
        grant = granted(rig, job.uuid)
        done = [one async for one in _both(rig, by(grant))]
        assert sorted(len(one.jobs) for one in done) == [0, 1]


async def _both(rig: Rig, wish: ReleaseWish) -> AsyncIterator[Any]:
    answers: list[Any] = []

    async def bring() -> None:
        answers.append(await rig.desk.release(wish))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(bring)
        nursery.start_soon(bring)
    for answer in answers:
        yield answer


@pytest.mark.parametrize(
    "changes",
    [
        {"agent": "agent-2"},
        {"tenant": "umbrella"},
        {"not_before": 1_000, "expires_at": 1_300},
        {"not_before": 9_000_000_000, "expires_at": 9_000_000_300},
        {"key": Ed25519PrivateKey.generate()},
    ],
)
async def test_a_grant_that_is_void_forged_or_anothers_releases_nothing_and_no_other_less(
    changes: dict[str, Any],
) -> None:
    async with running(away()) as rig:
        job, good = await rig.print_(), await rig.print_()
        bad = granted(rig, job.uuid, **changes)
        with pytest.raises(GrantRefused):
            await rig.desk.release(by(bad))
        released = await rig.desk.release(by(bad, granted(rig, good.uuid)))
        assert released.jobs == (good.uuid,)
        [refused] = released.refused
        assert (refused.job, refused.detail.startswith("grant 1 of 2: the grant is not honoured: ")) == (None, True)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_a_grant_for_which_there_is_no_room_is_not_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(away()) as rig:
        job = await rig.print_()
        grant = granted(rig, job.uuid)
        with monkeypatch.context() as crowded:
            crowded.setattr(_orders, "ORDERS_OPEN", 0)
            refused = await rig.desk.release(by(grant))
            assert (refused.jobs, len(refused.refused)) == ((), 1)
        assert (await rig.desk.release(by(grant))).jobs == (job.uuid,)


async def test_a_grant_is_good_at_its_devices_alone_and_where_the_rules_allow_it() -> None:
    async with running(away()) as rig:
        job = await rig.print_()
        elsewhere = await rig.desk.release(by(granted(rig, job.uuid), at="loft"))
        assert "other devices" in elsewhere.refused[0].detail
    async with running(away(RULES)) as rig:
        job = await rig.print_()
        closed = await rig.desk.release(by(granted(rig, job.uuid)))
        assert "while the hub is away" in closed.refused[0].detail
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_a_grant_whose_use_cannot_be_written_down_releases_nothing() -> None:
    async with running(away()) as rig:
        job = await rig.print_()

        async def full(key: str, value: bytes) -> None:
            raise BadInput("the disk is full")

        rig.host.state.put = full  # type: ignore[method-assign]
        refused = await rig.desk.release(by(granted(rig, job.uuid)))
        assert refused.jobs == ()
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_a_clock_set_back_makes_no_old_grant_good_also_after_a_restart() -> None:
    rig, set_ahead = away(), [dt.timedelta()]
    now = rig.host.now()
    rig.host.now = lambda: now + set_ahead[0]  # type: ignore[method-assign]
    async with running(rig):
        old = await rig.print_()
        grant = granted(rig, old.uuid)
        set_ahead[0] = dt.timedelta(minutes=10)
        with pytest.raises(GrantRefused):
            await rig.desk.release(by(grant))
        other = await rig.print_()
        await rig.desk.release(by(granted(rig, other.uuid)))
    set_ahead[0] = dt.timedelta()
    rig.host.ready_event = trio.Event()
    async with running(rig):
        with pytest.raises(GrantRefused):
            await rig.desk.release(by(grant))
        assert rig.host.jobs.known(old.uuid).state is JobState.HELD


async def test_a_grant_of_a_job_that_is_gone_is_refused() -> None:
    async with running(away()) as rig:
        job = await rig.print_()
        await rig.host.jobs.cancel(job.uuid, by="ada")
        refused = await rig.desk.release(by(granted(rig, job.uuid), granted(rig, uuid.uuid4())))
        assert (refused.jobs, len(refused.refused)) == ((), 2)
