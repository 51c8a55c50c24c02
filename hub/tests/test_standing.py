"""What somebody who was locked out, removed or given a lesser role keeps: nothing, whichever way they made it."""

from __future__ import annotations

import asyncio
import datetime as dt

import attrs
import pytest
from hub_rig import AgentKey, Bench, RemoteAgent, problem

from tympan_hub.domain.errors import Conflict, InvitationEnded, NotAllowed
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_wire.hub import Operation

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"
DAY = dt.timedelta(days=1)


@attrs.frozen
class Two:
    """A tenant with two administrators, one of whom is about to go."""

    hub: Bench
    tenant: TenantId
    stays: Person
    goes: Person

    async def go(self, how: str) -> None:
        people = self.hub.services.people
        if how == "disabled":
            await people.disable(self.tenant, self.stays.actor, self.goes.id)
        elif how == "removed":
            await people.remove(self.tenant, self.stays.actor, self.goes.id)
        elif how == "password":
            await people.set_password(self.tenant, self.stays.actor, self.goes.id, "another good one")
        else:
            await people.change(self.tenant, self.stays.actor, self.goes.id, role=Role.USER)

    async def token(self) -> str:
        """A token of the API of the one who goes."""
        made = await self.hub.services.api_tokens.make(
            self.tenant,
            self.goes.actor,
            name="x",
            role=Role.ADMINISTRATOR,
            validity=DAY,
            makes_administrators=True,
        )
        return made[0]

    async def ask(self, token: str, method: str, path: str, **fields: object) -> tuple[int, dict[str, str]]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.hub.client.request(method, f"/api/v1{path}", headers=headers, json=fields or None)
        return answer.status_code, answer.json() if answer.content else {}


@pytest.fixture
async def two(hub: Bench) -> Two:
    tenant = await hub.tenant()
    return Two(hub, tenant, await hub.person(tenant), await hub.person(tenant, email="goes@acme.example"))


HOWS = ["disabled", "removed", "demoted", "password"]


@pytest.mark.parametrize("how", HOWS)
async def test_invitations_end_with_their_maker_also_those_made_through_a_token(two: Two, how: str) -> None:
    service = two.hub.services.invitations
    links = [(await service.make(two.tenant, two.goes.actor, email="a@x.example", role=Role.ADMINISTRATOR))[0]]
    _, told = await two.ask(
        await two.token(), "POST", "/invitations", email="b@x.example", role=Role.ADMINISTRATOR.value
    )
    others, _ = await service.make(two.tenant, two.stays.actor, email="c@x.example", role=Role.USER)
    await two.go(how)
    for link in [*links, told["secret"]]:
        with pytest.raises(InvitationEnded):
            await service.open(link)
    await service.open(others)


async def test_invitations_of_a_service_owner_end_in_every_tenant(hub: Bench) -> None:
    tenant, first = await hub.tenant(), await hub.owner()
    other = await hub.person(SERVICE, Role.OWNER, "other@x.example")
    link, _ = await hub.services.invitations.make(tenant, first.actor, email="a@x.example", role=Role.ADMINISTRATOR)
    await hub.services.people.disable(SERVICE, other.actor, first.id)
    with pytest.raises(InvitationEnded):
        await hub.services.invitations.open(link)


@pytest.mark.parametrize("how", HOWS)
async def test_enrolment_tokens_end_with_their_maker_also_those_made_through_a_token(two: Two, how: str) -> None:
    mine = await two.hub.services.agents.make_token(two.tenant, two.goes.actor)
    _, told = await two.ask(await two.token(), "POST", "/enrolment-tokens", hours=24)
    await two.go(how)
    for token in (mine, told["token"]):
        machine = RemoteAgent(client=two.hub.client, clock=two.hub.clock, key=AgentKey.new())
        answer = await machine.post(Operation.ENROL, machine.enrol_request(token))
        assert (answer.status_code, problem(answer).code) == (401, "token-refused")


@pytest.mark.parametrize("how", ["disabled", "removed", "password"])
async def test_tokens_of_the_api_end_with_their_maker_and_do_not_come_back(two: Two, how: str) -> None:
    token = await two.token()
    assert (await two.ask(token, "GET", "/me"))[0] == 200
    await two.go(how)
    assert (await two.ask(token, "GET", "/me"))[0] == 401
    if how == "disabled":
        await two.hub.services.people.enable(two.tenant, two.stays.actor, two.goes.id)
        assert (await two.ask(token, "GET", "/me"))[0] == 401


async def test_two_who_lock_each_other_out_at_once_leave_one(two: Two) -> None:
    people = two.hub.services.people
    said = await asyncio.gather(
        people.disable(two.tenant, two.stays.actor, two.goes.id),
        people.disable(two.tenant, two.goes.actor, two.stays.id),
        return_exceptions=True,
    )
    assert sum(each is None for each in said) == 1
    assert sum(isinstance(each, NotAllowed) for each in said) == 1
    left = [person for person in await people.list(two.tenant, CONSOLE) if person.disabled_at is None]
    assert len(left) == 1


async def test_the_last_administrator_is_locked_out_by_nobody(hub: Bench) -> None:
    tenant, owner = await hub.tenant(), await hub.owner()
    last = await hub.person(tenant)
    for by in (owner.actor, CONSOLE):
        with pytest.raises(Conflict, match="last administrator"):
            await hub.services.people.disable(tenant, by, last.id)
    assert (await hub.enter(last.email)).session.person == last


async def test_who_was_locked_out_while_they_asked_does_nothing_any_more(two: Two) -> None:
    await two.go("disabled")
    services, by = two.hub.services, two.goes.actor
    user = await two.hub.person(two.tenant, Role.USER)
    for late in (
        services.people.set_password(two.tenant, by, user.id, "another good one"),
        services.people.change(two.tenant, by, user.id, role=Role.ADMINISTRATOR),
        services.people.remove(two.tenant, by, user.id),
        services.invitations.make(two.tenant, by, email="a@x.example", role=Role.ADMINISTRATOR),
        services.agents.make_token(two.tenant, by),
        services.api_tokens.make(two.tenant, by, name="x", role=Role.USER, validity=DAY),
        services.second_factor.reset(two.tenant, by, user.id),
    ):
        with pytest.raises(NotAllowed):
            await late
