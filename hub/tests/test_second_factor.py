"""The second factor: RFC 6238's own vectors, signing in with it, and what an attacker may try."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.adapters.sql.tables import recovery_codes
from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON
from tympan_hub.domain.limits.people import RECOVERY_CODES
from tympan_hub.domain.limits.sessions import SECOND_STEP
from tympan_hub.domain.people import CONSOLE, Person, Role, Session
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.second_factor import (
    REQUIRED,
    STEP_S,
    SetUp,
    about,
    accepted,
    code,
    new_recovery_codes,
    recovery_hash,
    set_up,
    step_at,
)
from tympan_hub.service.sessions import HalfEntered

pytestmark = pytest.mark.anyio
HERE = "192.0.2.1"
RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, digits: str) -> None:
    """Appendix B, for SHA-1; it has eight digits, of which ours are the last six."""
    assert code(RFC_SECRET, seconds // STEP_S) == digits[-6:]


def test_a_code_is_good_in_its_step_and_those_beside_it_and_never_again() -> None:
    now = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
    here = step_at(now)
    for away in (-1, 0, 1):
        typed = code(RFC_SECRET, here + away)
        assert accepted(RFC_SECRET, f" {typed[:3]} {typed[3:]}", now, 0) == here + away
        assert accepted(RFC_SECRET, typed, now, here + away) is None
    for away in (-2, 2):
        assert accepted(RFC_SECRET, code(RFC_SECRET, here + away), now, 0) is None
    for rubbish in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\udc80", "0" * 9999):
        assert accepted(RFC_SECRET, rubbish, now, 0) is None


def test_what_an_authenticator_takes() -> None:
    shown = set_up(RFC_SECRET, "ada+print@acme.example", "Tympan")
    assert shown.secret == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    parts = urlsplit(shown.address)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Tympan%3Aada%2Bprint%40acme.example")
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert asked == {
        "secret": shown.secret.replace(" ", ""),
        "issuer": "Tympan",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }


def test_recovery_codes_are_read_as_people_type_them() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    first = codes[0]
    assert recovery_hash(f" {first.upper().replace('-', ' ')} ") == recovery_hash(first)
    assert all(recovery_hash(rubbish) is None for rubbish in ("", "123456", first[:-1], first + "a", "\udc80" * 16))


async def session_of(hub: Bench, person: Person) -> Session:
    return (await hub.enter(person.email, PASSWORD, source=HERE)).session


def typed(hub: Bench, shown: SetUp) -> str:
    """What the app shows now."""
    return code(base64.b32decode(shown.secret.replace(" ", "")), step_at(hub.clock.now()))


async def enrolled(hub: Bench, person: Person) -> tuple[SetUp, tuple[str, ...]]:
    """Sets a second factor up."""
    session = await session_of(hub, person)
    await hub.services.second_factor.begin(session)
    shown = await hub.services.second_factor.set_up(session)
    codes = await hub.services.second_factor.confirm(session, typed(hub, shown))
    hub.clock.forward(seconds=STEP_S)
    return shown, codes


async def half(hub: Bench, person: Person) -> str:
    """Proves the password."""
    entered = await hub.services.passwords.sign_in(person.email, PASSWORD, source=HERE, browser="Firefox")
    assert isinstance(entered, HalfEntered)
    return entered.waiting


async def test_with_a_second_factor_the_password_alone_opens_nothing(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    shown, _ = await enrolled(hub, person)
    waiting = await half(hub, person)
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(waiting)
    assert await hub.services.second_factor.waiting(waiting) is None
    entered = await hub.services.second_factor.finish(waiting, typed(hub, shown))
    secret, session, codes = entered.secret, entered.session, entered.codes
    assert (session.person, session.opened.source, session.opened.browser, codes) == (person, HERE, "Firefox", ())
    assert (await hub.services.sessions.by_secret(secret)).person == person
    with pytest.raises(NotSignedIn):
        await hub.services.second_factor.finish(waiting, typed(hub, shown))


async def test_until_it_is_confirmed_it_is_not_asked_for(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    session = await session_of(hub, person)
    with pytest.raises(NotFound):
        await hub.services.second_factor.set_up(session)
    await hub.services.second_factor.begin(session)
    first = await hub.services.second_factor.set_up(session)
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.confirm(session, "000000")
    await session_of(hub, person)
    await hub.services.second_factor.begin(session)
    second = await hub.services.second_factor.set_up(session)
    assert second.secret != first.secret
    await hub.services.second_factor.confirm(session, typed(hub, second))
    with pytest.raises(Conflict):
        await hub.services.second_factor.begin(session)
    with pytest.raises(NotFound):
        await hub.services.second_factor.set_up(session)


async def test_a_code_that_was_seen_over_a_shoulder_is_used_up(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    shown, _ = await enrolled(hub, person)
    seen = typed(hub, shown)
    await hub.services.second_factor.finish(await half(hub, person), seen)
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.finish(await half(hub, person), seen)
    hub.clock.forward(seconds=STEP_S)
    await hub.services.second_factor.finish(await half(hub, person), typed(hub, shown))


async def test_guessing_codes_is_stopped_whatever_the_password(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    shown, _ = await enrolled(hub, person)
    for _ in range(ATTEMPTS_PER_PERSON):
        with pytest.raises(SignInRefused):
            await hub.services.second_factor.finish(await half(hub, person), "000000")
    with pytest.raises(TooMany):
        await hub.services.second_factor.finish(await half(hub, person), typed(hub, shown))
    hub.clock.forward(minutes=16)
    await hub.services.second_factor.finish(await half(hub, person), typed(hub, shown))


async def test_who_waits_too_long_or_is_locked_out_meanwhile_begins_again(hub: Bench) -> None:
    tenant = await hub.tenant()
    await hub.person(tenant)
    person = await hub.person(tenant, Role.USER)
    shown, _ = await enrolled(hub, person)
    waiting = await half(hub, person)
    hub.clock.moment += SECOND_STEP
    for ended in (waiting, "", "made up"):
        with pytest.raises(NotSignedIn):
            await hub.services.second_factor.finish(ended, typed(hub, shown))
    waiting = await half(hub, person)
    await hub.services.people.disable(tenant, CONSOLE, person.id)
    with pytest.raises(NotSignedIn):
        await hub.services.second_factor.finish(waiting, typed(hub, shown))
    await hub.services.people.enable(tenant, CONSOLE, person.id)
    waiting = await half(hub, person)
    await hub.services.people.set_password(tenant, CONSOLE, person.id, "another good one")
    with pytest.raises(NotSignedIn):
        await hub.services.second_factor.finish(waiting, typed(hub, shown))


async def test_a_recovery_code_opens_once_and_is_recorded(hub: Bench) -> None:
    tenant = await hub.tenant()
    person = await hub.person(tenant)
    _, codes = await enrolled(hub, person)
    await hub.services.second_factor.finish(await half(hub, person), codes[3].upper())
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.finish(await half(hub, person), codes[3])
    assert (await hub.services.second_factor.of(tenant, CONSOLE, person.id)).codes_left == RECOVERY_CODES - 1
    (entry,) = [each for each in await hub.services.audit.page(tenant, CONSOLE) if each.act == "second-factor.recover"]
    assert entry.detail == "9 recovery codes left"


async def test_new_recovery_codes_end_the_old_ones(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    shown, old = await enrolled(hub, person)
    entered = await hub.services.second_factor.finish(await half(hub, person), old[0])
    session = entered.session
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.new_codes(session, "000000")
    new = await hub.services.second_factor.new_codes(session, typed(hub, shown))
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.finish(await half(hub, person), old[1])
    await hub.services.second_factor.finish(await half(hub, person), new[1])


async def test_it_is_taken_away_by_who_has_it_or_by_an_administrator(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, person = await hub.person(tenant), await hub.person(tenant, Role.USER)
    shown, _ = await enrolled(hub, person)
    entered = await hub.services.second_factor.finish(await half(hub, person), typed(hub, shown))
    secret, session = entered.secret, entered.session
    hub.clock.forward(seconds=STEP_S)
    await hub.services.second_factor.drop(session, typed(hub, shown))
    await session_of(hub, person)
    await enrolled(hub, person)
    with pytest.raises(NotAllowed):
        await hub.services.second_factor.reset(tenant, person.actor, person.id)
    await hub.services.second_factor.reset(tenant, admin.actor, person.id)
    with pytest.raises(NotSignedIn):
        await hub.services.sessions.by_secret(secret)
    await session_of(hub, person)
    with pytest.raises(Conflict):
        await hub.services.second_factor.reset(tenant, admin.actor, person.id)
    acts = [each.act for each in await hub.services.audit.page(tenant, CONSOLE)]
    assert {"second-factor.set-up", "second-factor.drop", "second-factor.reset"} <= set(acts)


@pytest.mark.parametrize("whose", ["tenant", "service"])
async def test_where_policy_demands_one_it_is_set_up_at_the_next_sign_in(hub: Bench, whose: str) -> None:
    tenant = await hub.tenant()
    admin, user = await hub.person(tenant), await hub.person(tenant, Role.USER)
    scope = tenant if whose == "tenant" else SERVICE
    await hub.services.policy.switch(scope, CONSOLE, REQUIRED[Role.ADMINISTRATOR], Verdict.ON)
    await session_of(hub, user)
    waiting = await half(hub, admin)
    shown = await hub.services.second_factor.waiting(waiting)
    assert shown is not None
    assert await hub.services.second_factor.waiting(await half(hub, admin)) == shown
    with pytest.raises(SignInRefused):
        await hub.services.second_factor.finish(waiting, "000000")
    entered = await hub.services.second_factor.finish(waiting, typed(hub, shown))
    session, codes = entered.session, entered.codes
    assert len(codes) == RECOVERY_CODES
    hub.clock.forward(seconds=STEP_S)
    with pytest.raises(NotAllowed):
        await hub.services.second_factor.drop(session, typed(hub, shown))
    assert await hub.services.second_factor.waiting(await half(hub, admin)) is None


async def test_the_secret_rests_sealed_for_its_person_alone(hub: Bench) -> None:
    tenant = await hub.tenant()
    one, other = await hub.person(tenant), await hub.person(tenant, Role.USER)
    shown, codes = await enrolled(hub, one)
    plain = base64.b32decode(shown.secret.replace(" ", ""))
    async with hub.units.reading() as unit:
        factor = await unit.second_factors.get(tenant, one.id)
    assert factor is not None
    assert plain not in factor.sealed
    assert hub.secrets.unseal(factor.sealed, about(tenant, one.id)) == plain
    with pytest.raises(BadInput):
        hub.secrets.unseal(factor.sealed, about(tenant, other.id))
    async with hub.units.reading() as unit:
        left = await unit.second_factors.codes_left(tenant, one.id)
    assert left == len(codes)
    async with hub.database.reader.connect() as connection:
        kept = list(await connection.execute(recovery_codes.select()))
    assert not any(each in str(row) for each in codes for row in kept)
