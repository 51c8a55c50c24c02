"""Orders of the hub: carried out once, in order, or refused with why; void when not begun in time."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import AsyncIterator

import attrs
import pytest
import trio
from pull_release_rig import LOFT, MEMBER, POINT, RULES, Away, made, pull, running

from tympan.plugin import DeviceSnapshot, IllegalStep, JobState, JobStep, PortsChanged, PrinterId, StoreError
from tympan.testing import FakeHubDownloads, FakeHubIdentity
from tympan_pull_release import _orders, _pace
from tympan_pull_release._answers import AnswerBook
from tympan_pull_release._limits import BUCKETS
from tympan_pull_release._permits import Permit
from tympan_pull_release._stopwatch import Stopwatch
from tympan_wire.hub import HeldNote, MirroredJob, ReleaseOutcome, ReleaseWord, TicketChanges, encode
from tympan_wire.ipp import GroupTag, decode
from tympan_wire.sealed import Recipient, Sealer, new_key, seal_note, wrap_for

pytestmark = pytest.mark.anyio

BEGUN, REFUSED = ReleaseOutcome.BEGUN, ReleaseOutcome.REFUSED


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_orders, "LATE_LOOK_S", 0.02)
    monkeypatch.setattr(_orders, "PRINTER_S", 0.1)
    monkeypatch.setattr(_pace, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(_pace, "RETRY_FIRST_S", 0.02)


async def test_a_release_comes_out_at_the_device_and_is_told() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        released = await rig.state(job, JobState.QUEUED)
        assert released.destination == POINT.id
        assert rig.hub.words == []
        rig.takes(released)
        await rig.until(lambda: rig.hub.words)
        [word] = rig.hub.words
        assert (word.order, word.fence, word.outcome) == (order.id, 1, BEGUN)


async def test_a_notice_of_anything_else_is_not_for_this_plugin() -> None:
    async with running() as rig:
        await rig.until(lambda: rig.hub.fetched)
        fetched = rig.hub.fetched
        rig.look("desired")
        await trio.sleep(0.05)
        assert rig.hub.fetched == fetched
        rig.look("")
        await rig.until(lambda: rig.hub.fetched > fetched)


async def test_jobs_come_out_in_the_order_their_owner_chose() -> None:
    async with running() as rig:
        jobs = [await rig.print_() for _ in range(3)]
        order: list[uuid.UUID] = []
        rig.host.jobs.changed = order.append
        for job in (jobs[2], jobs[0], jobs[1]):
            rig.hub.order(job.uuid)
        rig.look()
        for job in jobs:
            await rig.state(job, JobState.QUEUED)
        assert order == [jobs[2].uuid, jobs[0].uuid, jobs[1].uuid]


async def test_the_owners_changes_are_in_the_ticket_the_device_gets() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, changes=TicketChanges(copies=3, sides="one-sided"))
        rig.look()
        released = await rig.state(job, JobState.QUEUED)
        group = decode(released.ticket)[0].first(GroupTag.JOB)
        assert (group.integer("copies"), group.string("sides")) == (3, "one-sided")


async def test_an_order_that_is_repeated_does_nothing_a_second_time() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
        # The device gave it back unprinted, and its owner keeps it: the old order must not let it go again.
        back = attrs.evolve(rig.host.jobs.known(job.uuid), evidence=b"", state=JobState.WAITING)
        await rig.host.jobs.hold(rig.host.jobs.step(back, JobStep.DEFER).uuid, by="ada")
        rig.hub.words.clear()
        rig.hub.orders = [attrs.evolve(order, fence=4)]
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].fence, rig.hub.words[0].outcome) == (4, BEGUN)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_answers_outlive_a_restart_and_a_hub_that_did_not_hear_them() -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.hub.deaf = True
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
    rig.hub.words.clear()
    rig.hub.deaf = False
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.hub.words)
        assert {word.order for word in rig.hub.words} == {order.id}
        await rig.until(lambda: not rig.hub.orders)


async def test_an_order_not_begun_in_time_is_void_and_the_job_is_held_again() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
        waiting = rig.host.jobs.step(queued, JobStep.DEFER)
        rig.host.jobs.replace(attrs.evolve(waiting, reason="offline-report", detail="the device does not answer"))
        held = await rig.state(job, JobState.HELD)
        assert held.target is None
        assert held.retry_at == job.retry_at, "it expires when it would have"
        await rig.until(lambda: rig.hub.words)
        [word] = rig.hub.words
        assert (word.outcome, word.reason) == (REFUSED, "offline-report")
        assert "held again" in word.detail
        assert not rig.permits.allows(job.uuid, POINT.id)


async def test_a_job_the_device_may_have_is_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await trio.sleep(1.2)
        assert rig.host.jobs.known(job.uuid).state is JobState.PRINTING
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


async def test_a_job_being_tried_at_this_moment_is_taken_back_when_that_failed() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=1)
        rig.look()
        sending = rig.host.jobs.step(await rig.state(job, JobState.QUEUED), JobStep.CLAIM)
        await trio.sleep(1.2)
        assert rig.hub.words == []
        rig.host.jobs.step(sending, JobStep.DEFER)
        await rig.state(job, JobState.HELD)
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED


async def test_a_job_behind_others_at_its_device_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as rig:
        first, second = await rig.print_(), await rig.print_()
        for job in (first, second):
            rig.hub.order(job.uuid, within_s=1)
        rig.look()
        taken = rig.takes(await rig.state(first, JobState.QUEUED))
        await rig.state(second, JobState.QUEUED)
        await trio.sleep(1.2)
        behind = rig.host.jobs.known(second.uuid)
        assert behind.state is JobState.QUEUED
        assert rig.permits.allows(second.uuid, POINT.id)
        rig.host.jobs.step(rig.host.jobs.known(taken.uuid), JobStep.COMPLETE)
        rig.takes(behind)
        await rig.until(lambda: len(rig.hub.words) == 2)
        assert {word.outcome for word in rig.hub.words} == {BEGUN}


async def test_an_order_that_was_told_late_is_refused() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, within_s=0)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


@pytest.mark.parametrize("at", ["nowhere", "desk", "pull", "own"])
async def test_a_place_where_held_jobs_do_not_come_out_is_refused(at: str) -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid, at)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].outcome, rig.hub.words[0].reason) == (REFUSED, "destination-uri-failed")
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD


async def test_jobs_that_are_gone_over_or_undecided_are_refused() -> None:
    async with running() as rig:
        over, lost = await rig.print_(), await rig.print_()
        await rig.host.jobs.cancel(over.uuid, by="ada")
        unknown = attrs.evolve(lost, state=JobState.UNKNOWN, reason="job-held-for-review")
        rig.host.jobs.replace(unknown)
        for job in (uuid.uuid4(), over.uuid, lost.uuid):
            rig.hub.order(job)
        rig.look()
        await rig.until(lambda: len(rig.hub.words) == 3)
        assert {word.outcome for word in rig.hub.words} == {REFUSED}
        assert rig.host.jobs.known(lost.uuid).state is JobState.UNKNOWN, "a person decides about that one"


async def test_a_job_over_its_accounts_limit_is_refused_with_that() -> None:
    async with running() as rig:
        jobs = [await rig.print_() for _ in range(RULES.jobs_most + 1)]
        rig.hub.order(jobs[-1].uuid)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].reason == "account-limit-reached"


async def test_a_job_held_by_its_owner_meanwhile_stays_held() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
        await rig.host.jobs.hold(job.uuid, by="ada")
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert not rig.permits.allows(job.uuid, POINT.id)


async def test_a_job_that_was_on_its_way_when_the_agent_stopped_goes_on_when_the_hub_says_it_again() -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
    assert not rig.permits.allows(job.uuid, POINT.id), "nothing is permitted while the plugin does not run"
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.permits.allows(job.uuid, POINT.id))
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is BEGUN


async def test_jobs_printed_elsewhere_are_over_here() -> None:
    async with running() as rig:
        held, taken = await rig.print_(), await rig.print_()
        rig.hub.order(taken.uuid)
        rig.look()
        rig.takes(await rig.state(taken, JobState.QUEUED))
        rig.hub.ended = [held.uuid, taken.uuid, uuid.uuid4()]
        rig.look()
        await rig.state(held, JobState.CANCELED)
        assert rig.host.jobs.known(taken.uuid).state is JobState.PRINTING, "what the device has is not thrown away"


async def test_a_hub_that_is_away_is_asked_again_and_nothing_comes_out_meanwhile() -> None:
    async with running() as rig:
        job = await rig.print_()
        rig.hub.away = Away("no answer")
        rig.hub.order(job.uuid)
        rig.look()
        await trio.sleep(0.1)
        assert rig.host.jobs.known(job.uuid).state is JobState.HELD
        rig.hub.away = None
        await rig.state(job, JobState.QUEUED)


async def test_a_hub_that_was_left_orders_nothing_any_more() -> None:
    async with running() as rig:
        job = await rig.print_()
        await rig.until(lambda: rig.hub.fetched)
        await rig.membership.leave()
        fetched = rig.hub.fetched
        rig.hub.order(job.uuid)
        rig.look()
        await trio.sleep(0.1)
        assert rig.hub.fetched == fetched


async def test_a_disk_that_keeps_no_answer_is_asked_again() -> None:
    async with running() as rig:
        job = await rig.print_()
        keep, failures = rig.host.state.put, [StoreError("full"), StoreError("full")]

        async def put(key: str, value: bytes) -> None:
            if failures:
                raise failures.pop()
            await keep(key, value)

        rig.host.state.put = put  # type: ignore[method-assign]
        rig.hub.order(job.uuid)
        rig.look()
        rig.takes(await rig.state(job, JobState.QUEUED))
        await rig.until(lambda: rig.hub.words)
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


async def test_a_pull_queue_offers_what_its_rules_say() -> None:
    async with running() as rig:
        await rig.until(lambda: rig.host.printers.snapshot(PrinterId("pull")))
        gray = attrs.evolve(RULES, color=False, duplex=False, media=("na_letter_8.5x11in",))

        def shown() -> DeviceSnapshot:
            found = rig.host.printers.snapshot(PrinterId("pull"))
            assert found is not None
            return found

        first = decode(shown().attributes)[0].first(GroupTag.PRINTER)
        assert first.boolean("color-supported")
        assert "two-sided-long-edge" in first.strings("sides-supported")
        rig.host.printers.add(pull(gray))
        await rig.until(lambda: b"na_letter" in shown().attributes)
        then = decode(shown().attributes)[0].first(GroupTag.PRINTER)
        assert not then.boolean("color-supported")
        assert then.strings("sides-supported") == ("one-sided",)
        assert rig.host.printers.snapshot(LOFT.id) is None


async def test_an_agent_where_nothing_is_held_and_nothing_comes_out_does_not_ask_by_itself() -> None:
    rig = made(
        attrs.evolve(POINT, releases=False, offered=True), settings={"hold_s": 60.0, "jobs_most": 5, "poll_s": 0.05}
    )
    async with running(rig):
        await rig.until(lambda: rig.hub.fetched)
        await trio.sleep(0.3)
        assert rig.hub.fetched == 1
        rig.look()
        await rig.until(lambda: rig.hub.fetched == 2)


async def test_a_link_that_comes_later_is_used() -> None:
    rig = made()
    rig.host.offered.remove(rig.link)
    async with running(rig):
        await trio.sleep(0.05)
        assert rig.hub.fetched == 0
        rig.host.offered.append(rig.link)
        rig.host.bus.publish(PortsChanged())
        await rig.until(lambda: rig.hub.fetched)


async def test_releases_of_one_device_do_not_wait_for_another() -> None:
    rig = made()
    wait = rig.host.printers.wait

    async def slow(printer: PrinterId, within_s: float) -> object:
        if printer == LOFT.id:
            await trio.sleep(30)
        return await wait(printer, within_s)

    rig.host.printers.wait = slow  # type: ignore[method-assign, assignment]
    async with running(rig):
        first, second = await rig.print_(), await rig.print_()
        rig.hub.order(first.uuid, "loft")
        rig.hub.order(second.uuid, "hall")
        rig.look()
        await rig.state(second, JobState.QUEUED)
        assert rig.host.jobs.known(first.uuid).state is JobState.HELD


async def test_a_kernel_that_refuses_is_told_on() -> None:
    async with running() as rig:
        job = await rig.print_()

        async def refuse(*_: object, **__: object) -> None:
            raise IllegalStep("it cannot come out there")

        rig.host.jobs.release = refuse  # type: ignore[method-assign, assignment]
        rig.hub.order(job.uuid)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is REFUSED
        assert "it cannot come out there" in rig.hub.words[0].detail


@pytest.mark.parametrize("over", [False, True])
async def test_an_order_begun_before_a_restart_and_not_answered_is_answered_so(over: bool) -> None:
    rig = made()
    async with running(rig):
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
    there = rig.takes(queued)  # the agent ended before it could write an answer down
    if over:
        rig.host.jobs.step(there, JobStep.COMPLETE)
    rig.host.ready_event = trio.Event()
    async with running(rig):
        await rig.until(lambda: rig.hub.words)
        assert [word.outcome for word in rig.hub.words] == [BEGUN]


async def test_an_order_for_a_job_on_its_way_elsewhere_takes_nothing_from_the_first() -> None:
    async with running() as rig:
        job = await rig.print_()
        first = rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)
        second = rig.hub.order(job.uuid, "loft")
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert [(word.order, word.outcome) for word in rig.hub.words] == [(second.id, REFUSED)]
        assert rig.permits.allows(job.uuid, POINT.id)
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: len(rig.hub.words) == 2)
        assert (rig.hub.words[1].order, rig.hub.words[1].outcome) == (first.id, BEGUN)


async def test_a_job_that_went_elsewhere_meanwhile_is_not_called_begun_here() -> None:
    async with running() as rig:
        job = await rig.print_()
        order = rig.hub.order(job.uuid)
        rig.look()
        queued = await rig.state(job, JobState.QUEUED)
        # Held and released by a grant before anybody looked again.
        rig.permits.give(job.uuid, Permit(to=LOFT.id, since=Stopwatch.start(rig.host.now), within_s=60))
        rig.host.jobs.replace(attrs.evolve(queued, target=LOFT.id))
        rig.takes(rig.host.jobs.known(job.uuid))
        await rig.until(lambda: rig.hub.words)
        assert [(word.order, word.outcome) for word in rig.hub.words] == [(order.id, REFUSED)]
        assert rig.permits.allows(job.uuid, LOFT.id), "what another release permits stays"


async def test_a_copy_that_does_not_come_keeps_its_device_from_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(FakeHubDownloads):
        """A link that waits for a hub that is away."""

        async def download(self, reference: str, *, size_bytes: int) -> AsyncIterator[bytes]:
            await trio.sleep(math.inf)
            yield b""

    monkeypatch.setattr(_orders, "WITHIN_MOST_S", 0.3)
    me, rig = Recipient.generate(), made()
    rig.host.offered = [rig.link, rig.membership, FakeHubIdentity(me), Endless({})]
    async with running(rig):
        elsewhere = uuid.uuid4()
        rig.hub.order(elsewhere, mirrored=copy_of(elsewhere, me))
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].outcome, rig.hub.words[0].reason) == (REFUSED, "document-access-error")
        assert "did not come in time" in rig.hub.words[0].detail
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)


def copy_of(job: uuid.UUID, reader: Recipient) -> MirroredJob:
    """A job of another agent, as it lies at the hub."""
    key, content = new_key(), b"%PDF plans"
    sealer = Sealer(key, job)
    size = len(sealer.header() + sealer.update(content) + sealer.finish())
    note = HeldNote(printer=pull().id, user="ben", media_type="application/pdf", size_bytes=len(content))
    envelope = wrap_for(key, reader.public, document=job, context=b"tympan mirror " + MEMBER.tenant.encode())
    sealed = seal_note(key, encode(note), document=job)
    texts = {"envelope": base64.b64encode(envelope).decode(), "note": base64.b64encode(sealed).decode()}
    return MirroredJob(upload="kept", size=size, **texts)


async def test_two_answers_written_at_once_are_both_there_after_a_restart() -> None:
    state = made().host.state
    put = state.put

    async def slow(key: str, value: bytes) -> None:
        await trio.lowlevel.checkpoint()
        await put(key, value)

    state.put = slow  # type: ignore[method-assign]
    book = AnswerBook(state)
    words = [ReleaseWord(order=uuid.UUID(int=n * BUCKETS), fence=1, outcome=BEGUN) for n in (1, 2)]
    async with trio.open_nursery() as nursery:
        for word in words:
            nursery.start_soon(book.keep, word)
    again = AnswerBook(state)
    await again.open()
    assert [again.find(word.order) for word in words] == words
