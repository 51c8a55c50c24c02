"""People: who may do what, who manages them, and who is left to."""

from __future__ import annotations

import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, SignInRefused
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId
from tympan_hub.domain.people import ACTS, CONSOLE, Act, PersonFilter, Role, email_address
from tympan_hub.domain.wakes import LookAgain

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"


async def test_one_who_is_locked_out_is_out_at_once_and_comes_back_when_let_in(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.disable(tenant, admin, user.id)
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in(user.email, PASSWORD, source=HERE)
    await hub.services.people.enable(tenant, admin, user.id)
    await hub.services.passwords.sign_in(user.email, PASSWORD, source=HERE)


async def test_nobody_locks_themselves_out(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    with pytest.raises(BadInput):
        await hub.services.people.disable(tenant, admin.actor, admin.id)


async def test_what_a_person_may_do_changes_at_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.change(tenant, admin, user.id, role=Role.OPERATOR, login="u2")
    known = (await hub.services.sessions.by_secret(secret)).person
    assert (known.role, known.login, known.name) == (Role.OPERATOR, "u2", user.name)
    (entry, *_) = await hub.services.audit.page(tenant, admin)
    assert (entry.act, entry.detail) == ("person.change", "role: user → operator, login: user → u2")
    assert [p.login for p in (await hub.services.people.find(tenant, admin, PersonFilter(text="u2"))).people] == ["u2"]


async def test_somebody_is_always_left_to_manage_a_tenant(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = await hub.person(tenant), await hub.person(tenant, Role.USER)
    people = hub.services.people
    for by in (admin.actor, CONSOLE):
        with pytest.raises(Conflict, match="last administrator"):
            await people.change(tenant, by, admin.id, role=Role.USER)
    with pytest.raises(Conflict, match="last administrator"):
        await people.remove(tenant, CONSOLE, admin.id)
    await people.change(tenant, admin.actor, user.id, role=Role.ADMINISTRATOR)
    await people.disable(tenant, admin.actor, user.id)  # one who is locked out manages nothing
    with pytest.raises(Conflict, match="last administrator"):
        await people.change(tenant, admin.actor, admin.id, role=Role.USER)
    await people.enable(tenant, admin.actor, user.id)
    await people.change(tenant, admin.actor, admin.id, role=Role.USER)


async def test_who_is_removed_is_gone_with_all_that_was_theirs(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = await hub.person(tenant), await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    group = (await hub.services.groups.add(tenant, admin.actor, name="Post")).id
    await hub.services.groups.join(tenant, admin.actor, group, user.id)
    heard: list[object] = []
    hub.wakeups.listen(lambda _, wake: heard.append(wake))
    await hub.services.people.remove(tenant, admin.actor, user.id)
    assert heard == [LookAgain()]
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in(user.email, PASSWORD, source=HERE)
    assert (await hub.services.groups.list(tenant, admin.actor))[0].people == 0
    with pytest.raises(BadInput, match="yourself"):
        await hub.services.people.remove(tenant, admin.actor, admin.id)
    await hub.person(tenant, Role.USER)  # the address is free again


async def test_an_address_is_one_persons_in_its_tenant(hub: Bench) -> None:
    tenant = await hub.tenant("Acme")
    await hub.person(tenant, email="ada@example.org")
    with pytest.raises(Conflict):
        await hub.person(tenant, email="Ada@Example.org")


@pytest.mark.parametrize("email", ["", "x", "@x", "a b@x", "a@", "a@x y", "a\n@x", "a" * 65 + "@x", "a@" + "x" * 300])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadInput):
        email_address(email)


@pytest.mark.parametrize("password", ["", "short", "x" * 9, "x" * 257])
async def test_a_password_too_short_or_too_long_is_refused(hub: Bench, password: str) -> None:
    tenant = await hub.tenant()
    with pytest.raises(BadInput):
        await hub.services.people.add(tenant, CONSOLE, email="a@b.example", name="A", role=Role.USER, password=password)


@pytest.mark.parametrize(
    ("tenant", "role"), [("acme", Role.OWNER), (SERVICE, Role.USER), (SERVICE, Role.ADMINISTRATOR)]
)
async def test_a_role_is_only_had_where_it_is(hub: Bench, tenant: TenantId, role: Role) -> None:
    await hub.tenant()
    with pytest.raises(BadInput):
        await hub.person(tenant, role)


async def test_nobody_is_added_to_a_tenant_that_is_not_there(hub: Bench) -> None:
    with pytest.raises(NotFound):
        await hub.person(TenantId("nowhere"))


@pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR])
async def test_only_administrators_manage_people(hub: Bench, role: Role) -> None:
    tenant = await hub.tenant()
    by = (await hub.person(tenant, role)).actor
    people = hub.services.people
    for refused in (
        people.list(tenant, by),
        people.add(tenant, by, email="x@y.example", name="X", role=Role.USER, password=PASSWORD),
        people.disable(tenant, by, PersonId("x")),
        people.enable(tenant, by, PersonId("x")),
        people.set_password(tenant, by, PersonId("x"), PASSWORD),
    ):
        with pytest.raises(NotAllowed):
            await refused


async def test_an_administrator_does_nothing_in_another_tenant_or_for_the_service(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    by = (await hub.person(acme)).actor
    for tenant in (other, SERVICE):
        assert not any(by.may(act, tenant) for act in Act)
        with pytest.raises(NotAllowed):
            await hub.services.people.list(tenant, by)


def test_the_service_owner_sees_no_jobs() -> None:
    assert not ACTS[Role.OWNER] & {Act.SEE_OWN_JOBS, Act.SEE_ALL_JOBS}
