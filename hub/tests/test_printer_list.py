"""Lists of printers: found by words, told in pages, and with the one look that tells most of each device."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hub_rig import BIRTH, Bench, PostgreSQL, bench

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId, new_id
from tympan_hub.domain.people import Actor, Role
from tympan_hub.domain.printers import DeviceSeen, Look

pytestmark = pytest.mark.anyio
NAMES = ("Attic", "Cellar", "Hall", "Lobby", "Office")


async def house(hub: Bench) -> tuple[TenantId, Actor]:
    """A tenant with five printers, each in a room of its own."""
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    for number, name in enumerate(NAMES):
        uri = f"ipp://{name}.example/ipp/print"
        await hub.services.printers.add(tenant, admin, name=name, uri=uri, location=f"Room {number}")
    return tenant, admin


async def see(hub: Bench, tenant: TenantId, printer: str, *looks: tuple[bool, str, str], apart: int = 1) -> None:
    """Agents see a device, one so many seconds after the other."""
    async with hub.units.writing() as unit:
        for number, (reachable, reason, model) in enumerate(looks):
            agent = AgentId(new_id())
            made = Agent(
                id=agent, tenant=tenant, name="desk", public_key=agent.encode(), certificate="", enrolled_at=BIRTH,
                seen_at=BIRTH,
            )  # fmt: skip
            await unit.agents.add(tenant, made)
            seen = DeviceSeen(
                printer=PrinterId(printer),
                agent=agent,
                reachable=reachable,
                reason=reason,
                make_and_model=model,
                observed_at=BIRTH + dt.timedelta(seconds=number * apart),
            )
            await unit.printers.saw_device(tenant, seen)


async def test_printers_are_found_by_words_of_name_place_and_model(hub: Bench) -> None:
    tenant, admin = await house(hub)
    await see(hub, tenant, "hall", (True, "none", "Größenwahn 4000"))

    async def found(text: str) -> list[str]:
        told = await hub.services.printers.find(tenant, admin, text)
        assert told.total == len(told.printers)
        return [one.printer.name for one in told.printers]

    assert await found("") == list(NAMES)
    assert await found(" LOB") == ["Lobby"]
    assert await found("room 2") == ["Hall"]
    assert await found("grössenwahn HALL") == ["Hall"]
    assert await found("hall lobby") == []


async def test_a_list_is_told_in_pages_and_past_its_end_the_last_one(hub: Bench) -> None:
    tenant, admin = await house(hub)
    for text in ("", "room"):
        for first, names in ((0, NAMES[:2]), (2, NAMES[2:4]), (4, NAMES[4:]), (60, NAMES[4:]), (10**30, NAMES[4:])):
            found = await hub.services.printers.find(tenant, admin, text, first=first, limit=2)
            assert found.total == 5
            assert [one.printer.name for one in found.printers] == list(names)


async def test_pages_of_the_definitions_follow_each_other(hub: Bench) -> None:
    tenant, admin = await house(hub)
    place: tuple[str, ...] = ()
    names: list[str] = []
    more = True
    while more:
        page, more = await hub.services.printers.page(tenant, admin, place, 2)
        names += [printer.name for printer in page]
        place = (page[-1].name, page[-1].id)
    assert names == list(NAMES)


async def test_only_those_somebody_may_use_are_found_and_counted(hub: Bench) -> None:
    tenant, admin = await house(hub)
    user = (await hub.person(tenant, Role.USER, email="ben@acme.example")).actor
    await hub.services.printers.add(tenant, admin, name="Safe", uri="ipp://safe.example/ipp", everybody=False)
    assert (await hub.services.printers.find(tenant, admin)).total == 6
    for text in ("", "a"):
        found = await hub.services.printers.find(tenant, user, text)
        assert "safe" not in {one.printer.id for one in found.printers}
    assert (await hub.services.printers.find(tenant, user)).total == 5
    assert "safe" not in await hub.services.printers.names(tenant, user)
    assert (await hub.services.printers.page(tenant, user, (), 9))[1] is False


@pytest.mark.parametrize(
    "looks",
    [
        ((True, "none", "Old"), (False, "timeout", "")),
        ((False, "refused", "Old"), (False, "timeout", "")),
        ((True, "none", "Old"), (True, "paused", "New"), (False, "timeout", "")),
        ((True, "paused", ""), (True, "none", "")),
    ],
)
async def test_storage_tells_of_a_device_what_the_rule_tells_of_all_looks(
    hub: Bench, looks: tuple[tuple[bool, str, str], ...]
) -> None:
    tenant, admin = await house(hub)
    await see(hub, tenant, "attic", *looks)
    listed = {one.printer.id: one.look for one in await hub.services.printers.list(tenant, admin)}
    shown = await hub.services.printers.get(tenant, admin, PrinterId("attic"))
    assert listed[PrinterId("attic")] == Look.of(shown.devices) is not None
    assert listed[PrinterId("lobby")] is None


async def test_of_looks_at_the_same_moment_the_same_one_counts_everywhere(hub: Bench) -> None:
    tenant, admin = await house(hub)
    await see(hub, tenant, "attic", *((True, f"reason-{n}", f"Model {n}") for n in range(5)), apart=0)
    shown = await hub.services.printers.get(tenant, admin, PrinterId("attic"))
    agents = [look.agent for look in shown.devices]
    assert agents == sorted(agents, reverse=True)
    listed = {one.printer.id: one.look for one in await hub.services.printers.list(tenant, admin)}
    assert listed[PrinterId("attic")] == Look.of(shown.devices)


async def test_a_database_that_sorts_by_a_language_lists_printers_in_the_same_order_everywhere(
    tmp_path: Path, server: PostgreSQL
) -> None:
    url = await server.database()
    async with bench(tmp_path, database_url=url) as hub:
        async with hub.raw() as connection:
            await connection.exec_driver_sql('ALTER TABLE printers ALTER name TYPE varchar(254) COLLATE "en-x-icu"')
        tenant = await hub.tenant()
        admin = (await hub.person(tenant)).actor
        names = ["Banana", "Zoo", "apple", "zebra"]
        for name in reversed(names):
            await hub.services.printers.add(tenant, admin, name=name, uri=f"ipp://{name}.example/ipp/print")
        assert [one.printer.name for one in await hub.services.printers.list(tenant, admin)] == names
        assert [one.name for one in (await hub.services.printers.page(tenant, admin, (), 9))[0]] == names
        async with hub.units.reading() as unit:
            assert [printer.name for printer in await unit.printers.all(tenant)] == names
    await server.drop(url)
