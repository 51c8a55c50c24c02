"""Commands: asked for by people, fetched under a lease, answered once, given up in time."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.commands import STEPS, Command, CommandState, CommandStep, Order, QueueStanding, queue_standing
from tympan_hub.domain.errors import Conflict, NotAllowed, NotFound
from tympan_hub.domain.ids import AgentId, CommandId, JobId, PrinterId, TenantId
from tympan_hub.domain.limits.commands import COMMAND, COMMAND_LEASE, COMMANDS_KEPT, COMMANDS_PER_AGENT
from tympan_hub.domain.limits.pages import OVERVIEW, OVERVIEW_ROWS
from tympan_hub.domain.people import Actor, Person, Role
from tympan_hub.domain.printers import QueueSeen
from tympan_hub.ports import Bearer
from tympan_wire.hub import CancelJob, CommandReport, InstallQueue, JobStanding, Outcome, QueueReport, RemoveQueue

pytestmark = pytest.mark.anyio
OFFICE = PrinterId("office")


@attrs.frozen
class Office:
    """A tenant with a printer and an agent."""

    hub: Bench
    tenant: TenantId
    admin: Person
    agent: RemoteAgent

    @property
    def at(self) -> AgentId:
        return AgentId(self.agent.id)

    @property
    def by(self) -> Actor:
        return self.admin.actor

    async def install(self, printer: str = OFFICE) -> Command:
        return await self.hub.services.queues.install(self.tenant, self.by, PrinterId(printer), self.at)

    async def uninstall(self) -> Command:
        return await self.hub.services.queues.uninstall(self.tenant, self.by, OFFICE, self.at)

    async def standing(self) -> QueueStanding:
        found = await self.hub.services.queues.places(self.tenant, self.by, [OFFICE])
        return found.of[OFFICE][0].standing

    async def kept(self, command: Command) -> Command:
        async with self.hub.units.reading() as unit:
            found = await unit.commands.get(self.tenant, command.id)
        assert found is not None
        return found


@pytest.fixture
async def office(hub: Bench) -> Office:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri="ipp://office.example/ipp/print")
    return Office(hub, tenant, admin, await hub.agent(tenant))


def word(command: Command, fence: int, outcome: Outcome = Outcome.DONE, detail: str = "done") -> CommandReport:
    return CommandReport(command=command.id, fence=fence, outcome=outcome, detail=detail)


async def test_a_command_is_fetched_done_and_told(office: Office) -> None:
    asked = await office.install()
    assert await office.standing() is QueueStanding.TO_INSTALL
    desired = await office.agent.desired()
    [given] = desired.commands
    assert (given.id, given.fence, given.order) == (asked.id, 1, InstallQueue(printer="office"))
    assert (given.expires_at, desired.at) == (BIRTH + COMMAND, BIRTH)
    assert (await office.agent.desired(known=desired.edition)).unchanged, "a lease that runs changes nothing"
    stream = office.hub.services.notices.open(bearer(office))
    assert await office.standing() is QueueStanding.INSTALLING
    await office.agent.report(
        report(QueueReport(printer="office", installed=True, usable=True)), report(word(asked, 1))
    )
    assert await office.standing() is QueueStanding.INSTALLED
    assert (await office.agent.desired()).commands == ()
    assert (await office.kept(asked)).state is CommandState.DONE
    office.hub.services.notices.close(stream)


def bearer(office: Office) -> Bearer:
    return Bearer(tenant=office.tenant, agent=office.at)


async def test_the_same_wish_twice_is_one_command_and_its_opposite_replaces_it(office: Office) -> None:
    first = await office.install()
    office.hub.clock.forward(seconds=1)
    assert (await office.install()).id == first.id
    remove = await office.uninstall()
    [given] = (await office.agent.desired()).commands
    assert (given.id, given.order) == (remove.id, RemoveQueue(printer="office")), "what nobody fetched is not done"
    office.hub.clock.forward(seconds=1)
    again = await office.install()
    orders = [given.order for given in (await office.agent.desired()).commands]
    assert orders == [RemoveQueue(printer="office"), InstallQueue(printer="office")], "what may be under way stays"
    assert (await office.install()).id == again.id


async def test_a_lease_that_runs_out_is_given_anew_and_the_old_word_is_refused(office: Office) -> None:
    asked = await office.install()
    await office.agent.desired()
    office.hub.clock.forward(seconds=COMMAND_LEASE.total_seconds() + 1)
    await office.agent.renew()
    [given] = (await office.agent.desired()).commands
    assert given.fence == 2
    late = report(word(asked, 1))
    [refused] = (await office.agent.report(late)).refused
    assert refused.why == "the command was given anew since"
    assert (await office.kept(asked)).state is CommandState.LEASED
    good = report(word(asked, 2, Outcome.FAILED, "CUPS does not answer. Start it."))
    assert (await office.agent.report(good)).taken == (good.id,)
    assert await office.standing() is QueueStanding.NOT_INSTALLED
    other = report(word(asked, 2))
    assert (await office.agent.report(other)).taken == (other.id,)
    assert (await office.kept(asked)).detail == "CUPS does not answer. Start it.", "the first word stays"


async def test_a_command_nobody_fetched_can_be_withdrawn_and_a_done_one_not(office: Office) -> None:
    asked = await office.install()
    await office.hub.services.queues.withdraw(office.tenant, office.by, asked.id)
    await office.hub.services.queues.withdraw(office.tenant, office.by, asked.id)
    assert (await office.agent.desired()).commands == ()
    assert await office.standing() is QueueStanding.ABSENT
    second = await office.install()
    await office.agent.desired()
    await office.agent.report(report(word(second, 1)))
    with pytest.raises(Conflict):
        await office.hub.services.queues.withdraw(office.tenant, office.by, second.id)


async def test_what_was_done_after_all_is_told_as_done(office: Office) -> None:
    asked = await office.install()
    await office.agent.desired()
    await office.hub.services.queues.withdraw(office.tenant, office.by, asked.id)
    await office.agent.report(report(word(asked, 1)), report(QueueReport(printer="office", installed=True)))
    assert (await office.kept(asked)).state is CommandState.DONE
    assert await office.standing() is QueueStanding.INSTALLED


async def test_a_computer_that_never_comes_back_is_given_up_and_forgotten(office: Office) -> None:
    asked = await office.install()
    office.hub.clock.forward(seconds=COMMAND.total_seconds())
    assert await office.standing() is QueueStanding.GIVEN_UP
    await office.agent.renew()
    assert (await office.agent.desired()).commands == ()
    await office.hub.services.housekeeping.tidy()
    assert (await office.kept(asked)).state is CommandState.EXPIRED
    office.hub.clock.forward(seconds=COMMANDS_KEPT.total_seconds() + 1)
    await office.hub.services.housekeeping.tidy()
    async with office.hub.units.reading() as unit:
        assert await unit.commands.get(office.tenant, asked.id) is None


async def test_few_commands_wait_for_one_agent(office: Office) -> None:
    for number in range(COMMANDS_PER_AGENT + 1):
        await office.hub.services.printers.add(
            office.tenant, office.by, name=f"P {number}", uri="ipp://office.example/ipp/print"
        )
    for number in range(COMMANDS_PER_AGENT):
        await office.install(f"p-{number}")
    with pytest.raises(Conflict, match="50 commands wait"):
        await office.install(f"p-{COMMANDS_PER_AGENT}")


async def test_what_is_not_there_is_not_found_and_a_user_has_no_strange_computers(office: Office) -> None:
    queues, user = office.hub.services.queues, await office.hub.person(office.tenant, Role.USER)
    for printer, agent in ((PrinterId("none"), office.at), (OFFICE, AgentId("f" * 32))):
        with pytest.raises(NotFound):
            await queues.install(office.tenant, office.by, printer, agent)
    with pytest.raises(NotFound, match="no such agent"):
        await queues.install(office.tenant, user.actor, OFFICE, office.at)
    asked = await office.install()
    with pytest.raises(NotFound):
        await queues.withdraw(office.tenant, user.actor, asked.id)
    with pytest.raises(NotFound):
        await queues.withdraw(office.tenant, office.by, CommandId(uuid.uuid4()))
    await office.hub.services.agents.revoke(office.tenant, office.by, office.at)
    with pytest.raises(NotFound):
        await office.install()


async def test_only_the_agent_that_was_asked_may_answer(office: Office) -> None:
    asked = await office.install()
    await office.agent.desired()
    other = await office.hub.agent(office.tenant, "desk-2")
    [refused] = (await other.report(report(word(asked, 1)))).refused
    assert refused.why == "the hub gave no such command"
    assert (await other.desired()).commands == ()


async def test_a_wish_wakes_its_agent_alone(office: Office) -> None:
    other = await office.hub.agent(office.tenant, "desk-2")
    notices = office.hub.services.notices
    asked, idle = notices.open(bearer(office)), notices.open(attrs.evolve(bearer(office), agent=AgentId(other.id)))
    await office.install()
    for stream, lines in ((asked, 2), (idle, 1)):
        assert stream._lines.qsize() == lines
        notices.close(stream)


async def test_a_job_is_cancelled_by_its_owner_and_by_an_operator(office: Office) -> None:
    ben = await office.hub.services.people.add(
        office.tenant, office.by, email="ben@acme.example", name="Ben", role=Role.USER, password="x" * 12, login="ben"
    )
    operator = await office.hub.person(office.tenant, Role.OPERATOR)
    stranger = await office.hub.person(office.tenant, Role.USER)
    sent = job_report(user="ben", standing=JobStanding.PRINTING)
    await office.agent.report(report(sent))
    job, cancels = JobId(sent.job), office.hub.services.cancels
    with pytest.raises(NotFound):
        await cancels.ask(office.tenant, stranger, job)
    assert await cancels.last(office.tenant, ben, job) is None
    asked = await cancels.ask(office.tenant, ben, job)
    assert asked is not None
    again = await cancels.ask(office.tenant, operator, job)
    assert again is not None and again.id == asked.id
    [given] = (await office.agent.desired()).commands
    assert given.order == CancelJob(job=sent.job, by="ben@acme.example")
    over = attrs.evolve(sent, standing=JobStanding.COMPLETED, revision=sent.revision + 1)
    await office.agent.report(report(over), report(word(asked, 1, Outcome.FAILED, "the job is completed")))
    last = await cancels.last(office.tenant, ben, job)
    assert last is not None
    assert (last.state, last.detail) == (CommandState.FAILED, "the job is completed")
    with pytest.raises(Conflict, match="over"):
        await cancels.ask(office.tenant, ben, job)


async def test_a_service_owner_installs_nothing(office: Office) -> None:
    owner = await office.hub.owner()
    with pytest.raises(NotAllowed):
        await office.hub.services.queues.install(office.tenant, owner.actor, OFFICE, office.at)


def test_every_step_of_a_command_is_in_its_table() -> None:
    ended = {CommandState.DONE, CommandState.FAILED}
    assert not {state for state, _ in STEPS} & ended, "what is done stays done"
    assert all((CommandState.WAITING, step) not in STEPS for step in (CommandStep.DO, CommandStep.FAIL))


MADE = Command(
    id=CommandId(uuid.UUID(int=1)),
    tenant=TenantId("acme"),
    agent=AgentId("a"),
    order=Order.INSTALL,
    subject="office",
    asked_by="ada",
    asked_at=BIRTH,
    expires_at=BIRTH + COMMAND,
)
THERE = QueueSeen(printer=OFFICE, agent=AgentId("a"), installed=True, observed_at=BIRTH)


@pytest.mark.parametrize(
    ("order", "state", "there", "here", "later", "expected"),
    [
        (None, None, False, True, 0, QueueStanding.ABSENT),
        (None, None, True, False, 0, QueueStanding.INSTALLED),
        (Order.INSTALL, CommandState.WAITING, False, True, 0, QueueStanding.INSTALLING),
        (Order.INSTALL, CommandState.LEASED, True, False, 0, QueueStanding.TO_INSTALL),
        (Order.INSTALL, CommandState.LEASED, False, True, 8, QueueStanding.GIVEN_UP),
        (Order.INSTALL, CommandState.FAILED, False, True, 0, QueueStanding.NOT_INSTALLED),
        (Order.INSTALL, CommandState.FAILED, True, True, 0, QueueStanding.INSTALLED),
        (Order.INSTALL, CommandState.DONE, False, True, 0, QueueStanding.ABSENT),
        (Order.REMOVE, CommandState.WAITING, True, True, 0, QueueStanding.REMOVING),
        (Order.REMOVE, CommandState.WAITING, True, False, 0, QueueStanding.TO_REMOVE),
        (Order.REMOVE, CommandState.FAILED, True, True, 0, QueueStanding.NOT_REMOVED),
        (Order.REMOVE, CommandState.DONE, False, True, 0, QueueStanding.ABSENT),
        (Order.REMOVE, CommandState.EXPIRED, True, True, 0, QueueStanding.INSTALLED),
    ],
)
def test_a_page_tells_what_is_true(
    order: Order | None,
    state: CommandState | None,
    there: bool,
    here: bool,
    later: int,
    expected: QueueStanding,
) -> None:
    last = None if order is None or state is None else attrs.evolve(MADE, order=order, state=state)
    now = BIRTH + dt.timedelta(days=later)
    assert queue_standing(THERE if there else None, last, here=here, now=now) is expected


async def test_a_failure_is_told_however_many_commands_ended_well_since(office: Office) -> None:
    async def failed() -> tuple[Command, ...]:
        return (await office.hub.services.overview.look(office.tenant, office.by, BIRTH)).failed

    asked = await office.install()
    await office.agent.desired()
    await office.agent.report(report(word(asked, 1, Outcome.FAILED, "no paper size")))
    known = await office.kept(asked)
    office.hub.clock.forward(minutes=1)
    now, address = office.hub.clock.now(), "ipp://lobby.example/ipp/print"
    well = [attrs.evolve(known, subject=f"printer-{number}") for number in range(OVERVIEW_ROWS + 1)]
    look = attrs.evolve(known, order=Order.CHECK, subject=address, state=CommandState.FAILED)
    async with office.hub.units.writing() as unit:
        for each in (look, *(attrs.evolve(one, state=CommandState.DONE) for one in well)):
            await unit.commands.add(office.tenant, attrs.evolve(each, id=CommandId(uuid.uuid4()), ended_at=now))
    assert await failed() == (known,)
    again = await office.install()
    assert await failed() == (), "it is asked for anew"
    await office.agent.desired()
    await office.agent.report(report(word(again, 1, Outcome.FAILED, "still none")))
    assert [command.id for command in await failed()] == [again.id]
    office.hub.clock.forward(seconds=OVERVIEW.total_seconds() + 1)
    assert await failed() == ()
