"""Badges: given by administrators, and of no use in a stolen database."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import Bench

from tympan_hub.domain.errors import BadInput, Full, NotAllowed, NotFound, Taken
from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.limits.proximity import BADGES_OF_PERSON
from tympan_hub.domain.people import Person, Role
from tympan_hub.service.badges import holder

pytestmark = pytest.mark.anyio
NUMBER = "04:a2:4b:91"


@attrs.frozen
class Place:
    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person

    async def holder(self, number: str, tenant: TenantId | None = None) -> Person | None:
        async with self.hub.units.reading() as unit:
            return await holder(unit, self.hub.secrets, tenant or self.tenant, number)


@pytest.fixture
async def place(hub: Bench) -> Place:
    tenant = await hub.tenant()
    return Place(hub, tenant, await hub.person(tenant), await hub.person(tenant, Role.USER))


async def test_a_badge_finds_who_holds_it_however_the_reader_writes_it(place: Place) -> None:
    badge = await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)
    assert badge.shown == "…B91"
    for written in (NUMBER, "04A24B91", "04-A2-4B-91", " 04 a2 4b 91"):
        found = await place.holder(written)
        assert found is not None
        assert found.id == place.ada.id
    assert await place.holder("04A24B92") is None
    assert await place.hub.services.badges.of(place.tenant, place.admin, place.ada.id) == (badge,)


async def test_no_number_lies_in_the_database(place: Place) -> None:
    badge = await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)
    other = await place.hub.tenant("Other")
    boss, eve = await place.hub.person(other), await place.hub.person(other, Role.USER)
    same = await place.hub.services.badges.add(other, boss, eve.id, NUMBER)
    assert badge.digest != same.digest, "a digest tells nothing of another tenant's"
    async with place.hub.raw(place.tenant) as connection:
        rows = str((await connection.exec_driver_sql("SELECT * FROM badges")).all())
    assert "04A24B91" not in rows
    assert (await place.holder(NUMBER, other)) != (await place.holder(NUMBER))


async def test_one_badge_has_one_holder(place: Place) -> None:
    await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)
    with pytest.raises(Taken):
        await place.hub.services.badges.add(place.tenant, place.admin, place.admin.id, NUMBER)


async def test_a_badge_taken_away_finds_nobody(place: Place) -> None:
    badge = await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)
    with pytest.raises(NotFound):
        await place.hub.services.badges.remove(place.tenant, place.admin, place.admin.id, badge.digest)
    await place.hub.services.badges.remove(place.tenant, place.admin, place.ada.id, badge.digest)
    assert await place.holder(NUMBER) is None
    with pytest.raises(NotFound):
        await place.hub.services.badges.remove(place.tenant, place.admin, place.ada.id, TokenHash("0" * 64))


async def test_who_is_locked_out_is_found_by_no_badge(place: Place) -> None:
    await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)
    await place.hub.services.people.disable(place.tenant, place.admin.actor, place.ada.id)
    assert await place.holder(NUMBER) is None


async def test_a_person_holds_so_many(place: Place) -> None:
    for number in range(BADGES_OF_PERSON):
        await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, f"100000{number}")
    with pytest.raises(Full):
        await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, NUMBER)


@pytest.mark.parametrize("number", ["", "12345", "0" * 65, "04a2%4b91", "04a24b9é", "-" * 400])
async def test_what_is_no_number_is_refused(place: Place, number: str) -> None:
    with pytest.raises(BadInput):
        await place.hub.services.badges.add(place.tenant, place.admin, place.ada.id, number)
    with pytest.raises(BadInput):
        await place.holder(number)


async def test_only_who_manages_people_deals_with_badges(place: Place) -> None:
    for act in (
        place.hub.services.badges.of(place.tenant, place.ada, place.ada.id),
        place.hub.services.badges.add(place.tenant, place.ada, place.ada.id, NUMBER),
        place.hub.services.badges.remove(place.tenant, place.ada, place.ada.id, TokenHash("0" * 64)),
    ):
        with pytest.raises(NotAllowed):
            await act
    with pytest.raises(NotFound):
        await place.hub.services.badges.add(place.tenant, place.admin, PersonId("0" * 32), NUMBER)
