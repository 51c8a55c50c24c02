"""For whom a printer is: the rule, what agents get, and what people see, install and lose."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import Bench, RemoteAgent

from tympan_hub.domain.assignment import Audience, Member, may_use
from tympan_hub.domain.commands import Refusal
from tympan_hub.domain.errors import Conflict, HubError, NotAllowed, NotFound, NotMeant
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, GroupId, PersonId, PrinterId, SignInId, TenantId, hash_of, new_id
from tympan_hub.domain.limits.printers import GROUPS_PER_PRINTER, PEOPLE_PER_PRINTER
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.domain.sign_ins import SignIn
from tympan_hub.domain.wakes import LookAgain
from tympan_wire.bridge import Deed

pytestmark = pytest.mark.anyio
URI = "ipp://printer.example/ipp/print"
ADA, BEN = PersonId("ada"), PersonId("ben")
POST, SHOP = GroupId("post"), GroupId("shop")


def meant(*people: PersonId, groups: tuple[GroupId, ...] = (), everybody: bool = False) -> Audience:
    return Audience(everybody=everybody, people=frozenset(people), groups=frozenset(groups))


def member(person: PersonId, *groups: GroupId) -> Member:
    return Member(person=person, groups=frozenset(groups))


@pytest.mark.parametrize(
    ("audience", "members", "may"),
    [
        (meant(everybody=True), (), True),
        (meant(everybody=True), (member(ADA),), True),
        (meant(BEN, everybody=True), (member(ADA),), True),
        (meant(), (), False),
        (meant(), (member(ADA, POST),), False),
        (meant(ADA), (), False),
        (meant(ADA), (member(ADA),), True),
        (meant(ADA), (member(BEN),), False),
        (meant(ADA), (member(BEN), member(ADA)), True),
        (meant(groups=(POST,)), (member(ADA),), False),
        (meant(groups=(POST,)), (member(ADA, POST),), True),
        (meant(groups=(POST,)), (member(ADA, SHOP),), False),
        (meant(groups=(POST, SHOP)), (member(ADA, SHOP),), True),
        (meant(BEN, groups=(POST,)), (member(ADA, SHOP), member(BEN)), True),
        (meant(PersonId("post")), (member(ADA, POST),), False),
        (meant(groups=(GroupId("ada"),)), (member(ADA),), False),
    ],
)
def test_who_may_use_a_printer(audience: Audience, members: tuple[Member, ...], may: bool) -> None:
    assert may_use(audience, members) is may


@attrs.define
class Stage:
    """A tenant with one printer for everybody and one for chosen people, two users, and an agent."""

    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person
    ben: Person
    group: Group
    agent: RemoteAgent
    common: PrinterId
    chosen: PrinterId

    @property
    def at(self) -> AgentId:
        return AgentId(self.agent.id)

    async def sign_in(self, person: Person, agent: RemoteAgent | None = None) -> SignInId:
        """A person signs in at an agent."""
        now, name = self.hub.clock.now(), SignInId(new_id())
        sign_in = SignIn(
            id=name,
            tenant=self.tenant,
            agent=AgentId((agent or self.agent).id),
            user=person.name,
            person=person.id,
            token=hash_of(name),
            began_at=now,
            renewed_at=now,
            expires_at=now + dt.timedelta(days=1),
        )
        async with self.hub.units.writing() as unit:
            await unit.sign_ins.add(self.tenant, sign_in)
        return name

    async def told(self, agent: RemoteAgent | None = None) -> set[str]:
        """The printers an agent is told of."""
        return {printer.id for printer in (await (agent or self.agent).desired()).printers}

    async def shown(self, person: Person) -> set[str]:
        """The printers a person sees."""
        return {each.printer.id for each in await self.hub.services.printers.list(self.tenant, person.actor)}

    async def give(self, person: Person) -> None:
        await self.hub.services.assignments.give_person(self.tenant, self.admin.actor, self.chosen, person.id)

    async def take(self, person: Person) -> None:
        await self.hub.services.assignments.take_person(self.tenant, self.admin.actor, self.chosen, person.id)


@pytest.fixture
async def stage(hub: Bench) -> Stage:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    printers = hub.services.printers
    common = await printers.add(tenant, admin.actor, name="Common", uri=URI)
    chosen = await printers.add(tenant, admin.actor, name="Chosen", uri=URI, everybody=False)
    return Stage(
        hub=hub,
        tenant=tenant,
        admin=admin,
        ada=await hub.person(tenant, Role.USER, "ada@acme.example"),
        ben=await hub.person(tenant, Role.USER, "ben@acme.example"),
        group=await hub.services.groups.add(tenant, admin.actor, name="Post"),
        agent=await hub.agent(tenant),
        common=common.id,
        chosen=chosen.id,
    )


async def test_an_agent_is_told_of_what_somebody_signed_in_there_may_use(stage: Stage) -> None:
    elsewhere = await stage.hub.agent(stage.tenant, "desk-2")
    await stage.give(stage.ada)
    assert await stage.told() == {"common"}
    await stage.sign_in(stage.ben)
    await stage.sign_in(stage.ben, elsewhere)
    assert await stage.told() == {"common"}
    signed_in = await stage.sign_in(stage.ada)
    assert await stage.told() == {"common", "chosen"}
    assert await stage.told(elsewhere) == {"common"}
    async with stage.hub.units.writing() as unit:
        await unit.sign_ins.end(stage.tenant, signed_in, stage.hub.clock.now())
    assert await stage.told() == {"common"}


async def test_who_is_locked_out_brings_no_printer(stage: Stage) -> None:
    await stage.give(stage.ada)
    await stage.sign_in(stage.ada)
    assert await stage.told() == {"common", "chosen"}
    await stage.hub.services.people.disable(stage.tenant, stage.admin.actor, stage.ada.id)
    assert await stage.told() == {"common"}


async def test_a_group_carries_its_people_and_agents_hear_of_each_change(stage: Stage) -> None:
    services, by = stage.hub.services, stage.admin.actor
    await stage.sign_in(stage.ada)
    heard: list[object] = []
    stage.hub.wakeups.listen(lambda _, wake: heard.append(wake))

    async def look() -> tuple[set[str], set[str]]:
        assert heard == [LookAgain()]
        heard.clear()
        return await stage.told(), await stage.shown(stage.ada)

    theirs, common = {"common", "chosen"}, {"common"}
    await services.assignments.give_group(stage.tenant, by, stage.chosen, stage.group.id)
    assert await look() == (common, common)
    await services.groups.join(stage.tenant, by, stage.group.id, stage.ada.id)
    assert await look() == (theirs, theirs)
    await services.groups.leave(stage.tenant, by, stage.group.id, stage.ada.id)
    assert await look() == (common, common)
    await services.assignments.give_person(stage.tenant, by, stage.chosen, stage.ada.id)
    assert await look() == (theirs, theirs)
    await services.assignments.take_person(stage.tenant, by, stage.chosen, stage.ada.id)
    assert await look() == (common, common)
    await services.assignments.set_everybody(stage.tenant, by, stage.chosen, True)
    assert await look() == (theirs, theirs)
    await services.assignments.set_everybody(stage.tenant, by, stage.chosen, False)
    assert await look() == (common, common)
    await services.groups.join(stage.tenant, by, stage.group.id, stage.ada.id)
    assert await look() == (theirs, theirs)
    await services.assignments.take_group(stage.tenant, by, stage.chosen, stage.group.id)
    assert await look() == (common, common)
    await services.assignments.give_group(stage.tenant, by, stage.chosen, stage.group.id)
    assert await look() == (theirs, theirs)
    await services.groups.remove(stage.tenant, by, stage.group.id)
    assert await look() == (common, common)


async def test_a_printer_that_is_not_theirs_does_not_exist_for_a_user(stage: Stage) -> None:
    services, user = stage.hub.services, stage.ben
    await stage.give(stage.ada)
    await stage.sign_in(stage.ben)
    await stage.sign_in(stage.ada)  # the computer is told of the printer: that does not make it Ben's
    assert await stage.shown(user) == {"common"}
    permit = services.bridge.permit
    for refused in (
        services.printers.get(stage.tenant, user.actor, stage.chosen),
        services.queues.install(stage.tenant, user.actor, stage.chosen, stage.at),
        services.queues.uninstall(stage.tenant, user.actor, stage.chosen, stage.at),
        permit(stage.tenant, user, agent=stage.at, deed=Deed.INSTALL, printer=stage.chosen, challenge="w" * 32),
        permit(stage.tenant, user, agent=stage.at, deed=Deed.REMOVE, printer=stage.chosen, challenge="w" * 32),
    ):
        with pytest.raises(NotFound):
            await refused
    places = (await services.queues.places(stage.tenant, user.actor, [stage.common, stage.chosen])).of
    assert {printer: len(found) for printer, found in places.items()} == {"common": 1, "chosen": 0}
    nobody = attrs.evolve(user.actor, person=None)
    assert [each.printer.id for each in await services.printers.list(stage.tenant, nobody)] == ["common"]


async def test_why_a_computer_would_refuse_is_known_before_it_is_asked(stage: Stage) -> None:
    services, admin = stage.hub.services, stage.admin.actor

    async def refusals() -> list[Refusal | None]:
        found = (await services.queues.places(stage.tenant, admin, [stage.common, stage.chosen])).of
        return [found[printer][0].refusal for printer in (stage.common, stage.chosen)]

    assert await refusals() == [Refusal.NOT_SIGNED_IN] * 2
    await services.policy.switch(stage.tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    assert await refusals() == [None, Refusal.NOT_SIGNED_IN]
    await stage.sign_in(stage.ada)
    assert await refusals() == [None, Refusal.NOT_MEANT]
    await stage.give(stage.ada)
    assert await refusals() == [None, None]
    await services.agents.revoke(stage.tenant, admin, stage.at)
    assert (await services.queues.places(stage.tenant, admin, [stage.common])).of[stage.common] == ()
    found = (await services.queues.places(stage.tenant, stage.ada.actor, [stage.common])).of
    assert [place.refusal for place in found[stage.common]] == [Refusal.REVOKED]


async def test_who_has_it_sees_installs_and_loses_it(stage: Stage) -> None:
    services, ada = stage.hub.services, stage.ada
    await stage.sign_in(ada)
    await stage.give(ada)
    assert await stage.shown(ada) == {"common", "chosen"}
    assert (await services.printers.get(stage.tenant, ada.actor, stage.chosen)).printer.id == stage.chosen
    command = await services.queues.install(stage.tenant, ada.actor, stage.chosen, stage.at)
    assert await services.bridge.permit(
        stage.tenant, ada, agent=stage.at, deed=Deed.INSTALL, printer=stage.chosen, challenge="w" * 32
    )
    known = await stage.agent.desired()
    assert [each.id for each in known.commands] == [command.id]
    assert {printer.id for printer in known.printers} == {"common", "chosen"}
    await stage.take(ada)
    later = await stage.agent.desired(known.edition)
    assert not later.unchanged
    assert {printer.id for printer in later.printers} == {"common"}
    assert await stage.shown(ada) == {"common"}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OPERATOR])
async def test_who_oversees_the_tenant_sees_all_and_installs_where_it_is_somebodys(stage: Stage, role: Role) -> None:
    services = stage.hub.services
    boss = stage.admin if role is Role.ADMINISTRATOR else await stage.hub.person(stage.tenant, role)
    await stage.sign_in(boss)
    assert await stage.shown(boss) == {"common", "chosen"}
    with pytest.raises(NotMeant, match="nobody who is signed in") as refused:
        await services.queues.install(stage.tenant, boss.actor, stage.chosen, stage.at)
    assert refused.value.next_step
    with pytest.raises(Conflict):
        await services.bridge.permit(
            stage.tenant, boss, agent=stage.at, deed=Deed.INSTALL, printer=stage.chosen, challenge="w" * 32
        )
    await services.queues.uninstall(stage.tenant, boss.actor, stage.chosen, stage.at)  # what is left over may go
    await stage.give(stage.ada)
    await stage.sign_in(stage.ada)
    command = await services.queues.install(stage.tenant, boss.actor, stage.chosen, stage.at)
    assert command.subject == stage.chosen


async def test_without_sign_in_a_computer_gets_what_is_for_everybody(stage: Stage) -> None:
    services = stage.hub.services
    await stage.give(stage.ada)
    await services.policy.switch(stage.tenant, stage.admin.actor, REQUIRE_SIGN_IN, Verdict.OFF)
    asked = {"agent": stage.at, "deed": Deed.INSTALL, "challenge": "w" * 32}
    assert await stage.told() == {"common"}
    assert await services.bridge.permit(stage.tenant, stage.ada, printer=stage.common, **asked)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        await services.bridge.permit(stage.tenant, stage.ada, printer=stage.chosen, **asked)  # type: ignore[arg-type]


async def test_changing_a_printer_leaves_for_whom_it_is(stage: Stage) -> None:
    services, by = stage.hub.services, stage.admin.actor
    known = (await services.printers.get(stage.tenant, by, stage.chosen)).printer
    await services.printers.change(stage.tenant, by, attrs.evolve(known, name="Other", everybody=True))
    assert not (await services.assignments.get(stage.tenant, by, stage.chosen)).printer.everybody
    assert await stage.told() == {"common"}


async def test_what_is_said_of_an_assignment_is_kept_and_stands_in_the_audit_log(stage: Stage) -> None:
    services, by, tenant, chosen = stage.hub.services, stage.admin.actor, stage.tenant, stage.chosen
    assign = services.assignments
    await assign.give_person(tenant, by, chosen, stage.ben.id)
    await assign.give_person(tenant, by, chosen, stage.ada.id)
    await assign.give_group(tenant, by, chosen, stage.group.id)
    await assign.set_everybody(tenant, by, chosen, True)
    known = await assign.get(tenant, by, chosen)
    assert (known.printer.everybody, known.groups) == (True, (stage.group,))
    assert {person.id for person in known.people} == {stage.ada.id, stage.ben.id}
    await assign.set_everybody(tenant, by, chosen, True)
    await assign.set_everybody(tenant, by, chosen, False)
    for refused in (
        assign.give_person(tenant, by, chosen, stage.ada.id),
        assign.give_group(tenant, by, chosen, stage.group.id),
        assign.take_person(tenant, by, stage.common, stage.ada.id),
        assign.take_group(tenant, by, stage.common, stage.group.id),
    ):
        with pytest.raises(Conflict):
            await refused
    await assign.take_person(tenant, by, chosen, stage.ada.id)
    await assign.take_group(tenant, by, chosen, stage.group.id)
    entries = [entry for entry in await services.audit.page(tenant, by) if entry.act.startswith("printer.")]
    acts = ["add", "add", "give", "give", "give-group", "for-everybody", "for-chosen", "take", "take-group"]
    assert [entry.act for entry in entries[::-1]] == [f"printer.{act}" for act in acts]
    assert entries[1].detail == "ada@acme.example"


async def test_only_who_manages_printers_says_for_whom_they_are(stage: Stage) -> None:
    assign, operator = stage.hub.services.assignments, await stage.hub.person(stage.tenant, Role.OPERATOR)
    other = await stage.hub.person(await stage.hub.tenant("Other"))
    for person in (stage.ada, operator, other):
        for refused in (
            assign.get(stage.tenant, person.actor, stage.chosen),
            assign.set_everybody(stage.tenant, person.actor, stage.chosen, True),
            assign.give_person(stage.tenant, person.actor, stage.chosen, stage.ada.id),
            assign.take_person(stage.tenant, person.actor, stage.chosen, stage.ada.id),
            assign.give_group(stage.tenant, person.actor, stage.chosen, stage.group.id),
            assign.take_group(stage.tenant, person.actor, stage.chosen, stage.group.id),
        ):
            with pytest.raises(NotAllowed):
                await refused


async def test_nothing_of_another_tenant_is_given(stage: Stage) -> None:
    hub, by, assign = stage.hub, stage.admin.actor, stage.hub.services.assignments
    other = await hub.tenant("Other")
    stranger = await hub.person(other, Role.USER)
    group = await hub.services.groups.add(other, CONSOLE, name="Strangers")
    theirs = await hub.services.printers.add(other, (await hub.person(other)).actor, name="Theirs", uri=URI)
    for refused in (
        assign.give_person(stage.tenant, by, stage.chosen, stranger.id),
        assign.give_group(stage.tenant, by, stage.chosen, group.id),
        assign.give_person(stage.tenant, by, theirs.id, stage.ada.id),
        assign.get(stage.tenant, by, theirs.id),
        assign.set_everybody(stage.tenant, by, PrinterId("none"), True),
        assign.take_person(stage.tenant, by, stage.chosen, PersonId("none")),
        assign.take_group(stage.tenant, by, stage.chosen, GroupId("none")),
    ):
        with pytest.raises(NotFound):
            await refused


async def test_one_printer_is_given_to_so_many_and_no_more(stage: Stage) -> None:
    assign, by, now = stage.hub.services.assignments, stage.admin.actor, stage.hub.clock.now()
    async with stage.hub.units.writing() as unit:
        for number in range(max(PEOPLE_PER_PRINTER, GROUPS_PER_PRINTER)):
            group = Group(id=GroupId(f"g{number}"), tenant=stage.tenant, name=f"g{number}", created_at=now)
            person = Person(
                id=PersonId(f"{number:032x}"),
                tenant=stage.tenant,
                email=f"p{number}@acme.example",
                name=f"p{number}",
                role=Role.USER,
                created_at=now,
            )
            await unit.groups.add(stage.tenant, group)
            await unit.people.add(stage.tenant, person, "-")
            await unit.assignments.give_person(stage.tenant, stage.chosen, person.id)
            await unit.assignments.give_group(stage.tenant, stage.chosen, group.id)
    refusals: list[HubError] = []
    for one_more in (
        assign.give_person(stage.tenant, by, stage.chosen, stage.ada.id),
        assign.give_group(stage.tenant, by, stage.chosen, stage.group.id),
    ):
        with pytest.raises(Conflict, match="already") as refused:
            await one_more
        refusals.append(refused.value)
    assert all(refusal.next_step for refusal in refusals)
