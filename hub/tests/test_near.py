"""Proof by network: what a phone is told, what an agent's word is worth, and attacks on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from hub_rig import Bench, RemoteAgent, notices, report

from tympan_hub.domain.errors import NotAllowed, NotFound, Unreached
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.limits.proximity import CHALLENGE, DOOR_TOLD
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.service.proofs import Proofs
from tympan_wire.hub import DeviceReport, NearAnswer, NearRequest, Operation

pytestmark = pytest.mark.anyio
DOOR = "http://192.168.2.7:39151"


@attrs.define
class Place:
    """A device that one agent reaches and another does not, and a person who wants to print there."""

    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person
    point: PrinterId
    agent: RemoteAgent
    far: RemoteAgent

    async def sees(self, agent: RemoteAgent, reachable: bool = True) -> None:
        seen = DeviceReport(printer=self.point, reachable=reachable, observed_at=self.hub.clock.now())
        await agent.report(report(seen, at=self.hub.clock.now()))

    async def tells(self, agent: RemoteAgent, *doors: str) -> None:
        await agent.ask(Operation.NEAR, NearRequest(doors=doors or (DOOR,)))

    async def challenge(self, by: Person | None = None) -> str:
        return (await self.hub.services.near.challenge(self.tenant, by or self.ada, self.point)).challenge

    async def reaches(self, agent: RemoteAgent, challenge: str) -> str:
        answer: NearAnswer = await agent.ask(Operation.NEAR, NearRequest(challenge=challenge))
        return answer.ticket

    async def refused(self, agent: RemoteAgent, challenge: str) -> None:
        answer = await agent.post(Operation.NEAR, NearRequest(challenge=challenge))
        assert answer.status_code == 403, answer.text

    async def known(self) -> ReleasePoint:
        async with self.hub.units.reading() as unit:
            found = await unit.release_points.get(self.tenant, self.point)
        assert found
        return found

    async def check(self, wanted: Proximity, shown: str, by: Person | None = None) -> None:
        proofs = Proofs(self.hub.units, self.hub.clock, self.hub.secrets)
        await proofs.check(by or self.ada, await self.known(), wanted, shown)


@pytest.fixture
async def place(hub: Bench) -> AsyncIterator[Place]:
    tenant = await hub.tenant()
    admin, ada = await hub.person(tenant), await hub.person(tenant, Role.USER)
    printer = await hub.services.printers.add(tenant, admin.actor, name="Front", uri="ipp://device.example/ipp/print")
    await hub.services.points.make(tenant, admin, (printer.id,))
    agent, far = await hub.agent(tenant), await hub.agent(tenant, "far")
    made = Place(hub, tenant, admin, ada, printer.id, agent, far)
    await made.sees(agent)
    async with notices(hub.app, agent.token), notices(hub.app, far.token):
        yield made


async def test_a_phone_is_led_to_the_agents_that_reach_the_device(place: Place) -> None:
    await place.tells(place.agent, DOOR, "http://[fd00::7]:39151")
    await place.tells(place.far, "http://10.9.0.1:39151")
    given = await place.hub.services.near.challenge(place.tenant, place.ada, place.point)
    assert [place_.partition("/near?")[0] for place_ in given.places] == [DOOR, "http://[fd00::7]:39151"]
    told = parse_qs(urlsplit(given.places[0]).query)
    assert told == {"challenge": [given.challenge], "point": [(await place.known()).code]}


async def test_a_ticket_of_the_network_does_where_the_network_is_wanted(place: Place) -> None:
    await place.tells(place.agent)
    ticket = await place.reaches(place.agent, await place.challenge())
    await place.check(Proximity.NEAR, ticket)
    await place.check(Proximity.STATIC, ticket)
    with pytest.raises(NotAllowed):
        await place.check(Proximity.ROTATING, ticket)


async def test_a_ticket_fetched_through_somebody_else_s_browser_is_of_no_use_to_them(place: Place) -> None:
    await place.tells(place.agent)
    bob = await place.hub.person(place.tenant, Role.USER, "bob@acme.example")
    ticket = await place.reaches(place.agent, await place.challenge())
    with pytest.raises(NotAllowed):
        await place.check(Proximity.NEAR, ticket, by=bob)


async def test_an_agent_elsewhere_proves_nothing(place: Place) -> None:
    await place.tells(place.agent)
    await place.refused(place.far, await place.challenge())
    await place.sees(place.far)
    assert await place.reaches(place.far, await place.challenge())


async def test_an_agent_that_lost_the_device_proves_nothing_any_more(place: Place) -> None:
    await place.tells(place.agent)
    challenge = await place.challenge()
    place.hub.clock.forward(seconds=1)
    await place.sees(place.agent, reachable=False)
    await place.refused(place.agent, challenge)
    with pytest.raises(Unreached):
        await place.challenge()


async def test_an_agent_of_another_tenant_proves_nothing(place: Place) -> None:
    await place.tells(place.agent)
    other = await place.hub.tenant("Other")
    await place.refused(await place.hub.agent(other), await place.challenge())


async def test_a_challenge_ends_and_a_forged_one_is_none(place: Place) -> None:
    await place.tells(place.agent)
    challenge = await place.challenge()
    for forged in (challenge[:-4] + "AAAA", "c." + "A" * 80, "t." + challenge[2:], "x" * 40):
        await place.refused(place.agent, forged)
    place.hub.clock.forward(seconds=CHALLENGE.total_seconds())
    await place.refused(place.agent, challenge)


async def test_who_was_locked_out_meanwhile_is_near_no_more(place: Place) -> None:
    await place.tells(place.agent)
    challenge = await place.challenge()
    await place.hub.services.people.disable(place.tenant, place.admin.actor, place.ada.id)
    await place.refused(place.agent, challenge)


async def test_a_revoked_agent_proves_nothing(place: Place) -> None:
    await place.tells(place.agent)
    challenge = await place.challenge()
    await place.hub.services.agents.revoke(place.tenant, place.admin.actor, AgentId(place.agent.id))
    answer = await place.agent.post(Operation.NEAR, NearRequest(challenge=challenge))
    assert answer.status_code in (401, 403, 404)


async def test_a_door_that_is_told_no_more_is_no_door(place: Place) -> None:
    with pytest.raises(Unreached):
        await place.challenge()
    await place.tells(place.agent)
    assert await place.challenge()
    place.hub.clock.forward(seconds=DOOR_TOLD.total_seconds() + 1)
    with pytest.raises(Unreached):
        await place.challenge()


@pytest.mark.parametrize(
    "door", ["https://evil.example/", "http://evil.example:80", "http://192.168.2.7:1/x", "x" * 900]
)
async def test_phones_are_never_led_to_where_no_agent_can_be(place: Place, door: str) -> None:
    answer = await place.agent.post(Operation.NEAR, NearRequest(doors=(door,)))
    assert answer.status_code == 400
    with pytest.raises(Unreached):
        await place.challenge()


async def test_no_challenge_is_given_for_what_is_no_release_point(place: Place) -> None:
    await place.tells(place.agent)
    await place.hub.services.points.remove(place.tenant, place.admin, place.point)
    with pytest.raises(NotFound):
        await place.challenge()
