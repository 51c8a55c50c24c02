"""Printers and agents as administrators manage them, and the audit log of it all."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import Bench

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.anyio
URI = "ipp://printer.example/ipp/print"


async def test_a_printer_is_added_changed_and_removed(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    printers = hub.services.printers
    made = await printers.add(tenant, admin, name="Front Desk", uri=URI)
    assert made.id == "front-desk"
    changed = await printers.change(
        tenant, admin, attrs.evolve(made, name="Back Desk", uri="ipps://p.example:6310/ipp")
    )
    assert await printers.page(tenant, admin, (), 2) == ((changed,), False)
    assert changed.id == "front-desk"
    await printers.remove(tenant, admin, changed.id)
    assert await printers.list(tenant, admin) == ()
    for gone in (printers.get(tenant, admin, made.id), printers.remove(tenant, admin, made.id)):
        with pytest.raises(NotFound):
            await gone
    with pytest.raises(NotFound):
        await printers.change(tenant, admin, made)


async def test_names_are_had_once_and_ids_are_made_free(hub: Bench) -> None:
    tenant = await hub.tenant()
    printers = hub.services.printers
    admin = (await hub.person(tenant)).actor
    first = await printers.add(tenant, admin, name="Front Desk", uri=URI)
    second = await printers.add(tenant, admin, name="Front-desk!", uri=URI)
    assert (first.id, second.id) == ("front-desk", "front-desk-2")
    with pytest.raises(Conflict):
        await printers.add(tenant, admin, name="Front Desk", uri=URI)
    with pytest.raises(Conflict):
        await printers.change(tenant, admin, attrs.evolve(second, name="Front Desk"))
    other = await hub.tenant("Other")
    assert (await printers.add(other, (await hub.person(other)).actor, name="Front Desk", uri=URI)).id == "front-desk"


@pytest.mark.parametrize(
    ("wrong", "value"),
    [("name", ""), ("name", "x" * 128), ("name", "a\nb"), ("name", "ü" * 64), ("name", "\udc80"), ("name", "  ")]
    + [("uri", text) for text in ("", "lobby", "file:///etc/passwd", "ipp://", "ipp://h:99999/", "socket://h:9100")]
    + [
        ("uri", text)
        for text in ("javascript:alert(1)", "ipp://[::1", "ipp://h/" + "x" * 1023, "ipp://h:0/", "ipp://h/\n")
    ]
    + [("location", "x" * 128), ("fingerprint", "AB" * 32), ("fingerprint", "ab")],
)
async def test_what_no_printer_can_have_is_refused(hub: Bench, wrong: str, value: str) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    said = {"name": "Lobby", "uri": URI, wrong: value}
    with pytest.raises(BadInput):
        await hub.services.printers.add(tenant, admin, **said)  # type: ignore[arg-type]
    made = await hub.services.printers.add(tenant, admin, name="Lobby", uri=URI)
    with pytest.raises(BadInput):
        await hub.services.printers.change(tenant, admin, attrs.evolve(made, **{wrong: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR, Role.OWNER])
async def test_only_administrators_define_printers(hub: Bench, role: Role) -> None:
    tenant = await hub.tenant()
    by = (await hub.owner() if role is Role.OWNER else await hub.person(tenant, role)).actor
    with pytest.raises(NotAllowed):
        await hub.services.printers.add(tenant, by, name="Lobby", uri=URI)
    with pytest.raises(NotAllowed):
        await hub.services.printers.remove(tenant, by, PrinterId("lobby"))


async def test_an_agent_is_renamed_and_revoked_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = AgentId((await hub.agent(tenant)).id)
    await hub.services.agents.rename(tenant, admin, agent, "Reception")
    await hub.services.agents.revoke(tenant, admin, agent)
    shown = (await hub.services.agents.find(tenant, admin, AgentFilter())).agents[0]
    assert (shown.agent.name, shown.agent.revoked_at, shown.connected) == ("Reception", hub.clock.now(), False)
    with pytest.raises(Conflict):
        await hub.services.agents.revoke(tenant, admin, agent)
    with pytest.raises(BadInput):
        await hub.services.agents.rename(tenant, admin, agent, "\n")
    with pytest.raises(NotFound):
        await hub.services.agents.rename(tenant, admin, AgentId("x"), "Reception")


@pytest.mark.parametrize("validity", [dt.timedelta(), dt.timedelta(-1), dt.timedelta(31)])
async def test_a_token_waits_for_a_month_at_most(hub: Bench, validity: dt.timedelta) -> None:
    with pytest.raises(BadInput):
        await hub.services.agents.make_token(await hub.tenant(), CONSOLE, validity=validity)


async def test_no_token_for_a_tenant_that_is_not_there(hub: Bench) -> None:
    with pytest.raises(NotFound):
        await hub.services.agents.make_token(TenantId("nowhere"), CONSOLE)


async def test_every_act_stands_in_the_log_and_the_log_is_whole(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    printer = await hub.services.printers.add(tenant, admin, name="Lobby", uri=URI)
    await hub.services.printers.change(tenant, admin, attrs.evolve(printer, location="Hall"))
    await hub.agent(tenant)
    log = await hub.services.audit.page(tenant, admin)
    assert [(entry.act, entry.by) for entry in log][:4] == [
        ("agent.enrol", log[0].by),
        ("agent.make-token", "console"),
        ("printer.change", admin.label),
        ("printer.add", admin.label),
    ]
    assert log[2].detail == "location:  → Hall"
    assert [entry.number for entry in log] == list(range(len(log), 0, -1))
    assert await hub.services.audit.page(tenant, admin, before=3, limit=1) == (log[-2],)
    assert await hub.services.audit.first_broken(tenant, admin) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET by = 'eve' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit WHERE number = 1",
    ],
)
async def test_who_changes_the_log_is_found_out(hub: Bench, tampering: str) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    for name in ("A", "B", "C"):
        await hub.services.printers.add(tenant, admin, name=name, uri=URI)
    async with hub.raw(tenant) as connection:
        await connection.exec_driver_sql(f"{tampering} AND tenant = '{tenant}'")
    assert await hub.services.audit.first_broken(tenant, admin) == (1 if "= 1" in tampering else 2)


async def test_what_fails_leaves_no_entry(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    before = await hub.services.audit.page(tenant, admin)
    with pytest.raises(NotFound):
        await hub.services.printers.remove(tenant, admin, PrinterId("nowhere"))
    assert await hub.services.audit.page(tenant, admin) == before


async def test_a_tenant_is_named_once_and_known(hub: Bench) -> None:
    made = await hub.tenant("Acme")
    with pytest.raises(Conflict):
        await hub.tenant("Acme")
    assert (made, await hub.tenant("ACME")) == ("acme", "acme-2")
    assert [tenant.id for tenant in await hub.services.tenants.list(CONSOLE)] == ["acme-2", "acme"]
    with pytest.raises(NotAllowed):
        await hub.services.tenants.list((await hub.person(made)).actor)
    for name in ("", "x" * 200, "a\nb"):
        with pytest.raises(BadInput):
            await hub.tenant(name)
