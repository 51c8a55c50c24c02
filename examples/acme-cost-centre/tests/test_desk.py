"""Who pays, as a program said so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from acme_cost_centre.desk import CENTRE_CHARS, KEPT, KEY, REASON, Desk, account_of

from tympan.plugin import Hold, Job, JobState, NewJob, NotFound, Printer, PrinterId
from tympan.testing import FakeHost
from tympan_wire.ipp import Group, GroupTag, Message, Operation, attr, encode


@pytest.mark.parametrize("tag", [GroupTag.JOB, GroupTag.OPERATION])
def test_what_a_program_said_itself_is_read_from_the_ticket(tag: GroupTag) -> None:
    group = Group(tag, (attr.name_("job-account-id", "4711"),))
    assert account_of(encode(Message.request(Operation.PRINT_JOB, 1, group))) == "4711"


@pytest.mark.parametrize("ticket", [b"", b"\xff" * 40, encode(Message.request(Operation.PRINT_JOB, 1))])
def test_a_ticket_without_it_names_nobody(ticket: bytes) -> None:
    assert account_of(ticket) == ""


LAB = Printer(id=PrinterId("lab"), name="Lab", uri="ipp://printer.example/ipp/print")


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@asynccontextmanager
async def open_desk() -> AsyncIterator[tuple[Desk, FakeHost]]:
    """A desk that runs."""
    desk, host = Desk(), FakeHost("cost_centre", settings={"centres": ()}, printers=[LAB])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.run, host)
        await host.ready_event.wait()
        yield desk, host
        nursery.cancel_scope.cancel()


async def held(host: FakeHost, reason: str = REASON) -> Job:
    intake = host.jobs.open(NewJob(printer=LAB.id, name="a", user="ann"))
    await intake.write(b"document")
    return await host.jobs.hold((await intake.commit()).uuid, by="a gate", terms=Hold(reason=reason, detail="Held."))


@pytest.mark.anyio
async def test_attack_an_answer_does_not_let_go_what_is_held_for_another_reason() -> None:
    async with open_desk() as (desk, host):
        job = await held(host, reason="job-held-for-review")
        assert desk.waiting() == ()
        with pytest.raises(NotFound):
            await desk.pay(job.number, "4711")
        assert host.jobs.known(job.uuid).state is JobState.HELD


@pytest.mark.anyio
async def test_a_job_that_was_answered_and_stayed_held_is_asked_about_again() -> None:
    async with open_desk() as (desk, host):
        job = await held(host)
        await desk.pay(job.number, "4711")
        assert desk.waiting() == ()
        await host.jobs.hold(job.uuid, by="a crash", terms=Hold(reason=REASON, detail="Held."))
        assert [one.uuid for one in desk.waiting()] == [job.uuid]


@pytest.mark.anyio
async def test_the_longest_names_of_very_many_jobs_are_kept() -> None:
    async with open_desk() as (desk, host):
        for _ in range(KEPT + 1):
            await desk.pay((await held(host)).number, "\U0001f5a8" * CENTRE_CHARS)
        assert len(host.state.values[KEY]) <= 65536
