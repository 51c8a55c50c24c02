"""People: who may do what, signing in and out, and what an attacker may try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import attrs
import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.adapters.passwords import Argon2
from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON, ATTEMPTS_PER_PERSON_ANYWHERE, ATTEMPTS_PER_SOURCE
from tympan_hub.domain.people import ACTS, CONSOLE, Act, PersonFilter, Role, email_address
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Passwords
from tympan_hub.service.people import PeopleService

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"


async def test_a_person_signs_in_and_out(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    entered = await hub.enter(f" {person.email.upper()} ", PASSWORD, source=HERE)
    secret, session = entered.secret, entered.session
    assert session.person == person
    assert await hub.services.people.by_session(secret) == session
    await hub.services.people.sign_out(secret)
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(secret)
    await hub.services.people.sign_out(secret)


async def test_every_sign_in_is_a_new_session(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    entered = await hub.enter(person.email, PASSWORD, source=HERE)
    first, one = entered.secret, entered.session
    entered = await hub.enter(person.email, PASSWORD, source=HERE)
    second, other = entered.secret, entered.session
    assert first != second
    assert one.csrf != other.csrf


async def test_a_session_ends_by_itself_and_is_forgotten(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    entered = await hub.enter(person.email, PASSWORD, source=HERE)
    secret, session = entered.secret, entered.session
    while hub.clock.now() < session.expires_at - dt.timedelta(hours=1):
        hub.clock.forward(hours=1)
        await hub.services.people.by_session(secret)
    hub.clock.moment = session.expires_at
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(secret)
    hub.clock.forward(seconds=1)
    await hub.services.housekeeping.tidy()
    async with hub.raw(person.tenant) as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM sessions")).scalar_one() == 0


async def test_what_is_kept_of_a_session_does_not_sign_in(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    secret = (await hub.enter(person.email, PASSWORD, source=HERE)).secret
    async with hub.raw(person.tenant) as connection:
        kept = (await connection.exec_driver_sql("SELECT hash FROM sessions")).scalar_one()
    assert secret not in kept
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(kept)


@pytest.mark.parametrize("secret", ["", "x", "\udc80", "' OR 1=1 --"])
async def test_a_secret_nobody_has_is_no_session(hub: Bench, secret: str) -> None:
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(secret)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("administrator@acme.example", "wrong"),
        ("nobody@acme.example", PASSWORD),
        ("", ""),
        ("\udc80", "\udc80"),
        ("a" * 9999, "b" * 99999),
        ("administrator@acme.example", PASSWORD + "x" * 300),
    ],
    ids=lambda text: text[:12],
)
async def test_a_wrong_address_and_a_wrong_password_look_alike(hub: Bench, email: str, password: str) -> None:
    await hub.person(await hub.tenant())
    with pytest.raises(SignInRefused, match=r"^the address or the password is wrong\."):
        await hub.services.people.sign_in(email, password, source=HERE)


async def test_guessing_is_stopped_and_forgiven_after_a_while(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(person.email, "wrong", source=HERE)
    with pytest.raises(TooMany) as stopped:
        await hub.services.people.sign_in(person.email, PASSWORD, source=HERE)
    assert 0 < stopped.value.retry_after_s <= 901
    hub.clock.forward(minutes=15)
    await hub.services.people.sign_in(person.email, PASSWORD, source=HERE)


async def test_a_right_password_takes_itself_back_and_no_wrong_one(hub: Bench) -> None:
    """The wrong ones may have been about somebody with this address elsewhere."""
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON - 1):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(person.email, "wrong", source=HERE)
        await hub.services.people.sign_in(person.email, PASSWORD, source=HERE)
    async with hub.units.reading() as unit:
        since = hub.clock.now() - dt.timedelta(minutes=1)
        assert len(await unit.attempts.times(SERVICE, f"source {HERE}", since)) == ATTEMPTS_PER_PERSON - 1


async def test_guessing_at_many_people_from_one_place_is_stopped(hub: Bench) -> None:
    for number in range(ATTEMPTS_PER_SOURCE):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(f"p{number}@acme.example", "wrong", source=HERE)
    with pytest.raises(TooMany):
        await hub.services.people.sign_in("another@acme.example", "wrong", source=HERE)
    with pytest.raises(SignInRefused):
        await hub.services.people.sign_in("another@acme.example", "wrong", source="198.51.100.1")


async def test_strangers_keep_nobody_out(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for number in range(2 * ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(person.email, "wrong", source=f"203.0.113.{number}")
    await hub.enter(person.email, source=HERE)


async def test_guessing_at_one_person_from_everywhere_is_stopped(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for number in range(ATTEMPTS_PER_PERSON_ANYWHERE):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(person.email, "wrong", source=f"203.0.113.{number}")
    with pytest.raises(TooMany):
        await hub.services.people.sign_in(person.email, PASSWORD, source=HERE)


async def test_an_office_behind_one_router_signs_in(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_SOURCE + 1):
        await hub.enter(person.email, source=HERE)


async def test_one_machine_has_all_addresses_of_its_network(hub: Bench) -> None:
    for number in range(ATTEMPTS_PER_SOURCE):
        with pytest.raises(SignInRefused):
            await hub.services.people.sign_in(f"p{number}@acme.example", "wrong", source=f"2001:db8::{number:x}")
    with pytest.raises(TooMany):
        await hub.services.people.sign_in("another@acme.example", "wrong", source="2001:db8::ffff")
    with pytest.raises(SignInRefused):
        await hub.services.people.sign_in("another@acme.example", "wrong", source="2001:db8:0:1::1")


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("x" * 300, "x" * 100),
        ("", ""),
    ],
)
def test_tries_are_counted_by_network(source: str, key: str) -> None:
    assert source_key(source) == key


async def test_nobody_gives_themselves_a_password_without_the_old_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    with pytest.raises(BadInput, match="your own"):
        await hub.services.people.set_password(tenant, admin.actor, admin.id, "another good one")
    with pytest.raises(BadInput, match="your own"):
        await hub.services.second_factor.reset(tenant, admin.actor, admin.id)
    await hub.enter(admin.email, source=HERE)


async def test_one_who_is_locked_out_is_out_at_once_and_comes_back_when_let_in(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.disable(tenant, admin, user.id)
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(secret)
    with pytest.raises(SignInRefused):
        await hub.services.people.sign_in(user.email, PASSWORD, source=HERE)
    await hub.services.people.enable(tenant, admin, user.id)
    await hub.services.people.sign_in(user.email, PASSWORD, source=HERE)


async def test_nobody_locks_themselves_out(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    with pytest.raises(BadInput):
        await hub.services.people.disable(tenant, admin.actor, admin.id)


async def test_another_password_ends_the_sessions_of_the_old_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.set_password(tenant, admin, user.id, "another good one")
    with pytest.raises(NotSignedIn):
        await hub.services.people.by_session(secret)
    with pytest.raises(SignInRefused):
        await hub.services.people.sign_in(user.email, PASSWORD, source=HERE)
    await hub.services.people.sign_in(user.email, "another good one", source=HERE)


async def test_what_a_person_may_do_changes_at_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.change(tenant, admin, user.id, role=Role.OPERATOR, login="u2")
    known = (await hub.services.people.by_session(secret)).person
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
        await hub.services.people.by_session(secret)
    with pytest.raises(SignInRefused):
        await hub.services.people.sign_in(user.email, PASSWORD, source=HERE)
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


async def test_argon2_as_it_is_used_in_earnest() -> None:
    passwords = Argon2()
    kept = await passwords.hash("pässword")
    assert kept.startswith("$argon2id$")
    assert await passwords.matches(kept, "pässword")
    assert not await passwords.matches(kept, "password")
    assert not await passwords.matches(None, "a password nobody has")
    assert not await passwords.matches("not a hash", "password")


@attrs.frozen
class Slow:
    """``Passwords`` that are looked at for so long that something happens meanwhile."""

    real: Passwords
    meanwhile: Callable[[], Awaitable[None]]

    async def hash(self, password: str) -> str:
        return await self.real.hash(password)

    async def matches(self, kept: str | None, password: str) -> bool:
        right = await self.real.matches(kept, password)
        if kept is not None:  # and not once more for nobody
            await self.meanwhile()
        return right


def slow_people(hub: Bench, passwords: Passwords) -> PeopleService:
    services = hub.services
    return PeopleService(hub.units, hub.clock, passwords, hub.wakeups, services.second_factor, services.known_browsers)


@pytest.mark.parametrize("meanwhile", ["set-password", "disable", "remove"])
async def test_attack_a_password_that_ended_while_it_was_looked_at_lets_nobody_in(hub: Bench, meanwhile: str) -> None:
    tenant = await hub.tenant()
    person, service = await hub.person(tenant), hub.services.people
    await hub.person(tenant, email="other@acme.example")  # somebody has to be left to manage the tenant

    async def ended() -> None:
        if meanwhile == "set-password":
            await service.set_password(tenant, CONSOLE, person.id, PASSWORD + "!")
        else:
            await (service.disable if meanwhile == "disable" else service.remove)(tenant, CONSOLE, person.id)

    slow = Slow(Argon2(), ended)
    slowly = PeopleService(
        hub.units, hub.clock, slow, hub.wakeups, hub.services.second_factor, hub.services.known_browsers
    )
    with pytest.raises(SignInRefused, match=r"^the address or the password is wrong\."):
        await slowly.sign_in(person.email, PASSWORD, source=HERE)
    async with hub.units.reading() as unit:
        assert await unit.sessions.of_person(tenant, person.id) == ()


async def test_attack_who_knows_the_old_password_cannot_undo_that_it_was_replaced(hub: Bench) -> None:
    tenant = await hub.tenant()
    person, service = await hub.person(tenant), hub.services.people

    async def ended() -> None:
        await service.set_password(tenant, CONSOLE, person.id, PASSWORD + "!")

    slow = Slow(Argon2(), ended)
    slowly = PeopleService(
        hub.units, hub.clock, slow, hub.wakeups, hub.services.second_factor, hub.services.known_browsers
    )
    with pytest.raises(SignInRefused):
        await slowly.change_own_password(person, PASSWORD, PASSWORD + "?")
    await hub.enter(person.email, PASSWORD + "!", source=HERE)


async def test_a_right_password_that_is_asked_for_again_is_no_try(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON + 1):
        await hub.services.people.prove(person, PASSWORD)
    for _ in range(ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.people.prove(person, "wrong horse battery")
    with pytest.raises(TooMany):
        await hub.services.people.prove(person, PASSWORD)
