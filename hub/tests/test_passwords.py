"""Passwords: signing in and out, and what an attacker may try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import attrs
import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.adapters.passwords import Argon2
from tympan_hub.domain.errors import BadInput, NotSignedIn, SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON, ATTEMPTS_PER_PERSON_ANYWHERE, ATTEMPTS_PER_SOURCE
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.sources import source_key
from tympan_hub.ports import Passwords
from tympan_hub.service.passwords import PasswordService

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"


async def test_a_person_signs_in_and_out(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    entered = await hub.enter(f" {person.email.upper()} ", PASSWORD, source=HERE)
    secret, session = entered.secret, entered.session
    assert session.person == person
    assert await hub.services.sessions.by_secret(secret) == session
    await hub.services.sessions.sign_out(secret)
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
    await hub.services.sessions.sign_out(secret)


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
        await hub.services.sessions.by_secret(secret)
    hub.clock.moment = session.expires_at
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
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
        await hub.services.sessions.by_secret(kept)


@pytest.mark.parametrize("secret", ["", "x", "\udc80", "' OR 1=1 --"])
async def test_a_secret_nobody_has_is_no_session(hub: Bench, secret: str) -> None:
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)


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
        await hub.services.passwords.sign_in(email, password, source=HERE)


async def test_guessing_is_stopped_and_forgiven_after_a_while(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(person.email, "wrong", source=HERE)
    with pytest.raises(TooMany) as stopped:
        await hub.services.passwords.sign_in(person.email, PASSWORD, source=HERE)
    assert 0 < stopped.value.retry_after_s <= 901
    hub.clock.forward(minutes=15)
    await hub.services.passwords.sign_in(person.email, PASSWORD, source=HERE)


async def test_a_right_password_takes_itself_back_and_no_wrong_one(hub: Bench) -> None:
    """The wrong ones may have been about somebody with this address elsewhere."""
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON - 1):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(person.email, "wrong", source=HERE)
        await hub.services.passwords.sign_in(person.email, PASSWORD, source=HERE)
    async with hub.units.reading() as unit:
        since = hub.clock.now() - dt.timedelta(minutes=1)
        assert len(await unit.attempts.times(SERVICE, f"source {HERE}", since)) == ATTEMPTS_PER_PERSON - 1


async def test_guessing_at_many_people_from_one_place_is_stopped(hub: Bench) -> None:
    for number in range(ATTEMPTS_PER_SOURCE):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(f"p{number}@acme.example", "wrong", source=HERE)
    with pytest.raises(TooMany):
        await hub.services.passwords.sign_in("another@acme.example", "wrong", source=HERE)
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in("another@acme.example", "wrong", source="198.51.100.1")


async def test_strangers_keep_nobody_out(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for number in range(2 * ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(person.email, "wrong", source=f"203.0.113.{number}")
    await hub.enter(person.email, source=HERE)


async def test_guessing_at_one_person_from_everywhere_is_stopped(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for number in range(ATTEMPTS_PER_PERSON_ANYWHERE):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(person.email, "wrong", source=f"203.0.113.{number}")
    with pytest.raises(TooMany):
        await hub.services.passwords.sign_in(person.email, PASSWORD, source=HERE)


async def test_an_office_behind_one_router_signs_in(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_SOURCE + 1):
        await hub.enter(person.email, source=HERE)


async def test_one_machine_has_all_addresses_of_its_network(hub: Bench) -> None:
    for number in range(ATTEMPTS_PER_SOURCE):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.sign_in(f"p{number}@acme.example", "wrong", source=f"2001:db8::{number:x}")
    with pytest.raises(TooMany):
        await hub.services.passwords.sign_in("another@acme.example", "wrong", source="2001:db8::ffff")
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in("another@acme.example", "wrong", source="2001:db8:0:1::1")


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


async def test_another_password_ends_the_sessions_of_the_old_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    secret = (await hub.enter(user.email, PASSWORD, source=HERE)).secret
    await hub.services.people.set_password(tenant, admin, user.id, "another good one")
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
    with pytest.raises(SignInRefused):
        await hub.services.passwords.sign_in(user.email, PASSWORD, source=HERE)
    await hub.services.passwords.sign_in(user.email, "another good one", source=HERE)


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
    slowly = PasswordService(
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
    slowly = PasswordService(
        hub.units, hub.clock, slow, hub.wakeups, hub.services.second_factor, hub.services.known_browsers
    )
    with pytest.raises(SignInRefused):
        await slowly.change_own_password(person, PASSWORD, PASSWORD + "?")
    await hub.enter(person.email, PASSWORD + "!", source=HERE)


async def test_a_right_password_that_is_asked_for_again_is_no_try(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    for _ in range(ATTEMPTS_PER_PERSON + 1):
        await hub.services.passwords.prove(person, PASSWORD)
    for _ in range(ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.passwords.prove(person, "wrong horse battery")
    with pytest.raises(TooMany):
        await hub.services.passwords.prove(person, PASSWORD)
