"""Permits: what is signed, for whom, and who gets none."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hub_rig import Bench

from tympan_hub.domain.errors import BadInput, Conflict, HubError, NotAllowed, NotFound
from tympan_hub.domain.ids import AgentId, PrinterId, SignInId, TenantId, hash_of
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.domain.sign_ins import SignIn
from tympan_wire.bridge import PERMIT, Deed, Permit
from tympan_wire.hub import decode

pytestmark = pytest.mark.anyio
WORD = "w" * 32


class Place:
    """A tenant with a printer, an agent and a user."""

    tenant: TenantId
    administrator: Person
    person: Person
    agent: AgentId
    printer: PrinterId


async def sign_in_at(hub: Bench, place: Place) -> None:
    """The person signs in at the agent."""
    now = hub.clock.now()
    sign_in = SignIn(
        id=SignInId("1" * 32),
        tenant=place.tenant,
        agent=place.agent,
        user="ben",
        person=place.person.id,
        token=hash_of("token"),
        began_at=now,
        renewed_at=now,
        expires_at=now + dt.timedelta(days=1),
    )
    async with hub.units.writing() as unit:
        await unit.sign_ins.add(place.tenant, sign_in)


@pytest.fixture
async def place(hub: Bench) -> AsyncIterator[Place]:
    found = Place()
    found.tenant = await hub.tenant()
    administrator = found.administrator = await hub.person(found.tenant)
    found.person = await hub.person(found.tenant, Role.USER)
    found.agent = AgentId((await hub.agent(found.tenant)).id)
    await sign_in_at(hub, found)
    made = await hub.services.printers.add(
        found.tenant, administrator.actor, name="Front", uri="ipp://device.example/ipp/print"
    )
    found.printer = made.id
    yield found


async def asked(hub: Bench, place: Place, **changes: Any) -> str:
    """A permit, with something changed."""
    wanted: dict[str, Any] = {"agent": place.agent, "deed": Deed.INSTALL, "printer": place.printer, "challenge": WORD}
    return await hub.services.bridge.permit(place.tenant, place.person, **{**wanted, **changes})


async def test_a_permit_is_signed_with_the_key_agents_pinned(hub: Bench, place: Place) -> None:
    signed = PERMIT.opened(await asked(hub, place))
    public = hub.secrets.policy_keys()[signed.key_id]
    Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, PERMIT.to_be_signed(signed.payload))
    assert decode(Permit, signed.payload) == Permit(
        tenant=place.tenant,
        agent=place.agent,
        person=place.person.id,
        deed=Deed.INSTALL,
        printer=place.printer,
        challenge=WORD,
    )


async def test_a_permit_stands_in_the_audit_log(hub: Bench, place: Place) -> None:
    await asked(hub, place, deed=Deed.REMOVE)
    newest = (await hub.services.audit.page(place.tenant, CONSOLE))[0]
    assert (newest.by, newest.act, newest.subject) == (place.person.email, "bridge.permit", place.agent)
    assert newest.detail == f"remove-queue {place.printer}"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"agent": "f" * 32}, NotFound),
        ({"printer": "nowhere"}, NotFound),
        ({"challenge": ""}, BadInput),
        ({"challenge": "short"}, BadInput),
        ({"challenge": "w" * 200}, BadInput),
        ({"challenge": 'w" * 32, "x": "'}, BadInput),
    ],
)
async def test_no_permit_for_what_is_not_there(
    hub: Bench, place: Place, changes: dict[str, Any], error: type[HubError]
) -> None:
    with pytest.raises(error):
        await asked(hub, place, **changes)


async def test_a_user_who_is_not_signed_in_there_gets_none_unless_policy_says_so(hub: Bench, place: Place) -> None:
    other = AgentId((await hub.agent(place.tenant, "desk-2")).id)
    assert await hub.services.bridge.needs_sign_in(place.tenant, place.person, other)
    with pytest.raises(NotAllowed):
        await asked(hub, place, agent=other)
    await hub.services.policy.switch(place.tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    assert await asked(hub, place, agent=other)


async def test_who_manages_agents_needs_no_sign_in(hub: Bench, place: Place) -> None:
    other = AgentId((await hub.agent(place.tenant, "desk-2")).id)
    assert not decode(Permit, PERMIT.opened(await asked(hub, place)).payload).manages
    place.person = place.administrator
    permit = decode(Permit, PERMIT.opened(await asked(hub, place, agent=other)).payload)
    assert permit.manages  # so the agent does not ask for a sign-in either


async def test_no_permit_for_an_agent_that_was_revoked(hub: Bench, place: Place) -> None:
    await hub.services.agents.revoke(place.tenant, CONSOLE, place.agent)
    with pytest.raises(Conflict):
        await asked(hub, place)


async def test_no_permit_across_the_border(hub: Bench, place: Place) -> None:
    other = await hub.tenant("Other")
    stranger = await hub.person(other, Role.USER)
    wanted: dict[str, Any] = {"agent": place.agent, "deed": Deed.INSTALL, "printer": place.printer, "challenge": WORD}
    with pytest.raises(NotFound):
        await hub.services.bridge.permit(other, stranger, **wanted)
    with pytest.raises(NotAllowed):
        await hub.services.bridge.permit(place.tenant, stranger, **wanted)
    with pytest.raises(NotAllowed):
        await hub.services.bridge.permit(place.tenant, await hub.owner(), **wanted)
