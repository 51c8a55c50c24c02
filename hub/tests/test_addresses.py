"""One address in several tenants: none learns of another or is in the way, and everybody comes in where they belong."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from hub_rig import BIRTH, PASSWORD, Bench

from tympan_hub.adapters.sql import Database, migrate
from tympan_hub.adapters.sql.upgrades import config
from tympan_hub.domain.errors import Conflict, SignInRefused, TooMany
from tympan_hub.domain.ids import SERVICE, PersonId, TenantId
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON, PLACES
from tympan_hub.domain.people import CONSOLE, NO_PASSWORD, Person, Role
from tympan_hub.service.passwords import Several
from tympan_hub.service.sessions import Entered

pytestmark = pytest.mark.anyio
CHIEF = "chief@five.example"
OTHER = "another good one"


async def add(hub: Bench, tenant: TenantId, password: str = PASSWORD, *, role: Role = Role.USER) -> None:
    """The chief, as one of a tenant's people."""
    await hub.services.people.add(tenant, CONSOLE, email=CHIEF, name="Chief", role=role, password=password)


async def home_of(hub: Bench, password: str = PASSWORD, *, organisation: str = "", source: str = "x") -> str:
    """Where a sign-in leads to."""
    entered = await hub.services.passwords.sign_in(CHIEF, password, source=source, organisation=organisation)
    assert isinstance(entered, Entered)
    return entered.session.person.tenant


async def test_an_address_is_neither_told_nor_taken_across_the_border(hub: Bench) -> None:
    five, six = await hub.tenant("Five"), await hub.tenant("Six")
    await add(hub, six)  # the squatter comes first
    await add(hub, five, OTHER)
    with pytest.raises(Conflict, match="signs in here already"):
        await add(hub, five)
    await hub.services.invitations.make(await hub.tenant("Seven"), CONSOLE, email=CHIEF, role=Role.USER)
    assert await home_of(hub) == six
    assert await home_of(hub, OTHER) == five
    with pytest.raises(SignInRefused):
        await home_of(hub, "neither of both")


async def test_who_has_one_password_in_several_chooses(hub: Bench) -> None:
    five, six = await hub.tenant("Five"), await hub.tenant("Six & Co")
    for tenant in (five, six):
        await add(hub, tenant)
    several = await hub.services.passwords.sign_in(CHIEF, PASSWORD, source="x")
    assert isinstance(several, Several)
    assert several.places == ((five, "Five"), (six, "Six & Co"))
    for named, home in ((" FIVE ", five), ("six & co", six), (six, six)):
        assert await home_of(hub, organisation=named) == home
    for stranger in ("Seven", SERVICE):
        with pytest.raises(SignInRefused):
            await home_of(hub, organisation=stranger)


async def test_squatters_push_nobody_out_who_was_there_first_or_says_where_they_belong(hub: Bench) -> None:
    first = await hub.tenant("First")
    await add(hub, first, OTHER)
    for number in range(PLACES + 1):
        hub.clock.forward(minutes=1)
        await add(hub, await hub.tenant(f"Squatter {number}"))
    hub.clock.forward(minutes=1)
    last = await hub.tenant("Last")
    await add(hub, last, "the last password")
    await add(hub, SERVICE, "an owner of the hub", role=Role.OWNER)
    assert await home_of(hub, OTHER) == first
    assert await home_of(hub, "the last password", organisation="last") == last
    assert await home_of(hub, "an owner of the hub", organisation=SERVICE) == SERVICE


async def test_who_cannot_come_in_with_a_password_takes_nobody_s_place(hub: Bench) -> None:
    for number in range(PLACES):
        place = await hub.tenant(f"Place {number}")
        person = Person(
            id=PersonId(f"p{number}"), tenant=place, email=CHIEF, name="Chief", role=Role.USER, created_at=BIRTH
        )
        kept = NO_PASSWORD if number else "a hash"
        async with hub.units.writing() as unit:
            await unit.people.add(place, person, kept)
            await unit.people.set_disabled(place, person.id, None if number else BIRTH)
    hub.clock.forward(minutes=1)
    last = await hub.tenant("Last")
    await add(hub, last)
    assert await home_of(hub) == last


async def test_every_sign_in_makes_as_many_hashes(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of an answer does not tell whether anybody, or how many, have an address."""
    five, six = await hub.tenant("Five"), await hub.tenant("Six")
    await hub.tenant("Seven")
    made: list[str | None] = []
    matches = hub.services.passwords._passwords.matches

    async def counted(kept: str | None, password: str) -> bool:
        made.append(kept)
        return await matches(kept, password)

    monkeypatch.setattr(hub.services.passwords._passwords, "matches", counted)
    for tenant in (None, five, six):
        if tenant:
            await add(hub, tenant)
        made.clear()
        with pytest.raises(SignInRefused):
            await home_of(hub, "wrong horse battery")
        assert len(made) == PLACES
    made.clear()
    with pytest.raises(SignInRefused):
        await home_of(hub, "wrong horse battery", organisation="five")
    assert len(made) == 1


async def test_a_right_password_elsewhere_wipes_no_wrong_ones_away(hub: Bench) -> None:
    """An administrator who makes a person with somebody's address could else guess for ever."""
    five, six = await hub.tenant("Five"), await hub.tenant("Six")
    await add(hub, five, OTHER)
    await add(hub, six)
    with pytest.raises(TooMany):
        for number in range(2 * ATTEMPTS_PER_PERSON):
            with pytest.raises(SignInRefused):
                await home_of(hub, f"guess number {number}")
            assert await home_of(hub) == six


async def test_a_password_that_is_right_for_one_s_own_is_still_a_guess_at_a_namesake(hub: Bench) -> None:
    """An administrator would give their own person each guess: right there, and `Several` once it is here."""
    five = await hub.tenant("Five")
    await add(hub, SERVICE, OTHER, role=Role.OWNER)
    own = await hub.services.people.add(
        five, CONSOLE, email=CHIEF, name="Bait", role=Role.USER, password="guess number 0"
    )
    for number in range(ATTEMPTS_PER_PERSON):
        guess = f"guess number {number}"
        await hub.services.people.set_password(five, CONSOLE, own.id, guess)
        assert await home_of(hub, guess) == five
    with pytest.raises(TooMany):
        await home_of(hub, guess)
    assert await home_of(hub, OTHER, organisation=SERVICE, source="at home") == SERVICE


async def test_an_upgrade_keeps_all_that_refers_to_people(tmp_path: Path) -> None:
    """SQLite makes the table anew; sessions and the like would go with the old one."""
    database = Database(tmp_path / "hub.db")
    await migrate(database)
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), "0021"))
        await connection.exec_driver_sql(
            "INSERT INTO people (tenant, id, email, name, login, sought, role, password, created_at)"
            " VALUES ('-service', 'p', 'a@b.example', 'a', '', 'a', 'service-owner', '-', ?)",
            (str(BIRTH),),
        )
        await connection.exec_driver_sql(
            "INSERT INTO second_factors (tenant, person, sealed, last_step) VALUES ('-service', 'p', x'00', 0)"
        )
    await migrate(database)
    async with database.writer.begin() as connection:
        for table in ("people", "second_factors"):
            assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 1
        assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar_one() == 1
    await database.close()
