"""Guessing codes of devices: limited for a person, for where they ask, and for the tenant, also all at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from hub_rig import PASSWORD, Bench, bench
from pull_rig import LOBBY, Office, new_office

from tympan_hub.domain.errors import NotAllowed, NotFound, TooMany
from tympan_hub.domain.limits.attempts import GUESSES_PER_PERSON
from tympan_hub.domain.limits.proximity import PROOFS_OF_PERSON
from tympan_hub.domain.people import Person, Role
from tympan_hub.service import guesses

pytestmark = pytest.mark.anyio
WRONG = "ABCD2345"


@pytest.fixture
async def office(hub: Bench) -> Office:
    return await new_office(hub)


@pytest.fixture
async def beside(tmp_path: Path, database_url: str, hub: Bench) -> AsyncIterator[Bench]:
    """Another process on the same database."""
    async with bench(tmp_path, hub.clock, database_url=database_url) as other:
        yield other


async def people(office: Office, count: int) -> list[Person]:
    """Colleagues."""
    add = office.services.people.add
    told = {"role": Role.USER, "password": PASSWORD}
    emails = [f"user-{number}@acme.example" for number in range(count)]
    return [await add(office.tenant, office.admin.actor, email=email, name=email, **told) for email in emails]


async def answered(*tries: Awaitable[object]) -> int:
    """How many of some tries at once were answered; the others are too many."""
    told = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(one, NotFound | NotAllowed | TooMany) for one in told), told
    return sum(not isinstance(one, TooMany) for one in told)


async def test_a_burst_through_two_processes_is_answered_no_oftener_than_one_try_after_the_other(
    office: Office, beside: Bench
) -> None:
    points = [office.services.points, beside.services.points]
    found = [points[number % 2].found(office.tenant, office.ada, WRONG) for number in range(3 * GUESSES_PER_PERSON)]
    assert await answered(*found) == GUESSES_PER_PERSON
    proofs = [
        points[number % 2].prove(office.tenant, office.ada, LOBBY, WRONG) for number in range(3 * PROOFS_OF_PERSON)
    ]
    assert await answered(*proofs) == PROOFS_OF_PERSON


async def test_one_address_guesses_no_oftener_with_many_accounts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "POINT_GUESSES_PER_SOURCE", 6)
    points, many = office.services.points, await people(office, 3)
    code = (await points.get(office.tenant, office.admin, LOBBY)).code
    tries = [points.found(office.tenant, who, WRONG, source="192.0.2.9") for who in many for _ in range(2)]
    proofs = [points.prove(office.tenant, who, LOBBY, WRONG, source="192.0.2.9") for who in many for _ in range(2)]
    assert await answered(*tries, *proofs) == 6
    with pytest.raises(TooMany):
        await points.found(office.tenant, office.ada, code, source="192.0.2.9")
    assert (await points.found(office.tenant, office.ada, code, source="192.0.2.10")).printer == LOBBY


async def test_the_codes_of_one_tenant_are_guessed_no_oftener_from_many_addresses(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "POINT_GUESSES_PER_TENANT", 5)
    points, many = office.services.points, await people(office, 4)
    tries = [
        points.found(office.tenant, who, WRONG, source=f"192.0.2.{number}")
        for number, who in enumerate(many)
        for _ in range(2)
    ]
    assert await answered(*tries) == 5
    other = await office.hub.tenant("Other")
    stranger = await office.hub.person(other, Role.USER)
    with pytest.raises(NotFound):
        await points.found(other, stranger, WRONG)
