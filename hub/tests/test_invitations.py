"""Invitations: a link that makes one person, once."""

from __future__ import annotations

import asyncio

import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.domain.errors import BadInput, Conflict, InvitationEnded, NotAllowed, NotFound, TokenRefused
from tympan_hub.domain.groups import Source
from tympan_hub.domain.ids import SERVICE, GroupId, TenantId
from tympan_hub.domain.limits.people import INVITATION, INVITATION_KEPT
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.second_factor import REQUIRED
from tympan_hub.domain.sessions import Visitor
from tympan_hub.service.sessions import Entered, HalfEntered

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"
VISITOR = Visitor(source=HERE, browser="Firefox")
ADA = "ada@acme.example"


async def accept(hub: Bench, secret: str, password: str = PASSWORD) -> Entered | HalfEntered:
    return await hub.services.invitations.accept(secret, name="Ada", password=password, visitor=VISITOR)


async def test_an_invited_person_comes_in_with_role_and_groups(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    group = (await hub.services.groups.add(tenant, admin, name="Post")).id
    gone = (await hub.services.groups.add(tenant, admin, name="Gone")).id
    secret, _ = await hub.services.invitations.make(
        tenant, admin, email=f" {ADA.upper()} ", role=Role.OPERATOR, groups=[group, gone, group]
    )
    await hub.services.groups.remove(tenant, admin, gone)
    opened = await hub.services.invitations.open(secret)
    assert (opened.tenant, opened.invitation.email, opened.invitation.role) == ("Acme", ADA, Role.OPERATOR)
    entered = await accept(hub, secret)
    assert isinstance(entered, Entered)
    session = await hub.services.sessions.by_secret(entered.secret)
    assert (session.person.email, session.person.role, session.person.login) == (ADA, Role.OPERATOR, "ada")
    assert session.opened.browser == "Firefox"
    assert [each.id for each in await hub.services.groups.of_person(tenant, admin, session.person.id)] == [group]
    assert (await hub.enter(ADA, PASSWORD, source=HERE)).session.person == session.person
    acts = [(entry.act, entry.by) for entry in await hub.services.audit.page(tenant, admin)]
    assert ("invitation.accept", ADA) in acts
    assert ("invitation.make", admin.label) in acts


async def test_a_link_opens_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    secret, _ = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
    both = await asyncio.gather(accept(hub, secret), accept(hub, secret, "another good one"), return_exceptions=True)
    assert sum(isinstance(each, InvitationEnded) for each in both) == 1
    with pytest.raises(InvitationEnded) as ended:
        await hub.services.invitations.open(secret)
    assert ended.value.why == "used"
    assert len(await hub.services.people.list(tenant, CONSOLE)) == 1


async def test_a_link_that_is_too_old_or_revoked_opens_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    for why in ("expired", "revoked"):
        secret, made = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
        if why == "revoked":
            await hub.services.invitations.revoke(tenant, CONSOLE, made.id)
            with pytest.raises(Conflict):
                await hub.services.invitations.revoke(tenant, CONSOLE, made.id)
        else:
            hub.clock.moment += INVITATION
        with pytest.raises(InvitationEnded) as ended:
            await accept(hub, secret)
        assert ended.value.why == why
    assert await hub.services.people.list(tenant, CONSOLE) == ()


async def test_another_invitation_to_the_same_address_ends_the_first(hub: Bench) -> None:
    tenant = await hub.tenant()
    first, _ = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.ADMINISTRATOR)
    second, _ = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
    with pytest.raises(InvitationEnded):
        await accept(hub, first)
    await accept(hub, second)


async def test_who_may_invite_no_more_has_invited_nobody(hub: Bench) -> None:
    tenant = await hub.tenant()
    await hub.person(tenant)
    for number, end in enumerate(("disable", "remove", "change")):
        rogue = await hub.person(tenant, email=f"rogue{number}@acme.example")
        secret, _ = await hub.services.invitations.make(tenant, rogue.actor, email=ADA, role=Role.ADMINISTRATOR)
        people = hub.services.people
        if end == "change":
            await people.change(tenant, CONSOLE, rogue.id, role=Role.USER)
        else:
            await getattr(people, end)(tenant, CONSOLE, rogue.id)
        with pytest.raises(InvitationEnded):
            await accept(hub, secret)


@pytest.mark.parametrize("secret", ["", "x", "\udc80", "x" * 9999])
async def test_a_secret_nobody_has_is_no_invitation(hub: Bench, secret: str) -> None:
    with pytest.raises(TokenRefused):
        await hub.services.invitations.open(secret)


async def test_where_policy_demands_a_second_factor_the_invited_set_one_up_first(hub: Bench) -> None:
    tenant = await hub.tenant()
    await hub.services.policy.switch(tenant, CONSOLE, REQUIRED[Role.USER], Verdict.ON)
    secret, _ = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
    entered = await accept(hub, secret)
    assert isinstance(entered, HalfEntered)
    assert await hub.services.second_factor.waiting(entered.waiting) is not None


async def test_what_cannot_be_invited_is_refused(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    make = hub.services.invitations.make
    provided = await hub.services.groups.add(tenant, CONSOLE, name="Staff", source=Source.PROVIDER)
    with pytest.raises(Conflict, match="signs in here already"):
        await make(tenant, CONSOLE, email=user.email, role=Role.USER)
    with pytest.raises(BadInput):
        await make(tenant, CONSOLE, email="nobody", role=Role.USER)
    with pytest.raises(BadInput):
        await make(tenant, CONSOLE, email=ADA, role=Role.OWNER)
    with pytest.raises(BadInput, match="provider"):
        await make(tenant, CONSOLE, email=ADA, role=Role.USER, groups=[provided.id])
    with pytest.raises(NotFound):
        await make(tenant, CONSOLE, email=ADA, role=Role.USER, groups=[GroupId("none")])
    with pytest.raises(NotFound):
        await make(TenantId("nowhere"), CONSOLE, email=ADA, role=Role.USER)
    with pytest.raises(NotAllowed):
        await make(tenant, user.actor, email=ADA, role=Role.USER)


async def test_a_bad_name_or_password_leaves_the_invitation_open(hub: Bench) -> None:
    tenant = await hub.tenant()
    secret, _ = await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
    with pytest.raises(BadInput):
        await accept(hub, secret, "short")
    with pytest.raises(BadInput):
        await hub.services.invitations.accept(secret, name=" ", password=PASSWORD, visitor=VISITOR)
    await accept(hub, secret)


async def test_service_owners_are_invited_too(hub: Bench) -> None:
    secret, _ = await hub.services.invitations.make(SERVICE, CONSOLE, email="olu@hub.example", role=Role.OWNER)
    entered = await accept(hub, secret)
    assert isinstance(entered, Entered)
    assert entered.session.person.role is Role.OWNER


async def test_old_invitations_are_forgotten(hub: Bench) -> None:
    tenant = await hub.tenant()
    await hub.services.invitations.make(tenant, CONSOLE, email=ADA, role=Role.USER)
    hub.clock.moment += INVITATION + INVITATION_KEPT
    await hub.services.housekeeping.tidy()
    assert len(await hub.services.invitations.list(tenant, CONSOLE)) == 1
    hub.clock.forward(seconds=1)
    await hub.services.housekeeping.tidy()
    assert await hub.services.invitations.list(tenant, CONSOLE) == ()
