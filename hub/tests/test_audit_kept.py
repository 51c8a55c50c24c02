"""An audit log that is kept for a time: its beginning goes, and what is left is proved all the same."""

from __future__ import annotations

from typing import Any

import pytest
from hub_rig import Bench

from tympan_hub.domain.audit import TRIM, first_broken
from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, HUB, Actor
from tympan_hub.service import audit
from tympan_hub.service.audit import AuditService, Proof

pytestmark = pytest.mark.anyio


async def grown(hub: Bench) -> tuple[TenantId, Actor]:
    """A tenant whose first acts are older than its log is kept, and its last are not."""
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    for number in range(6):
        await hub.services.printers.add(tenant, admin, name=f"Old {number}", uri="ipp://p.example/ipp")
    await hub.services.keeping.change(tenant, admin, jobs_days=400, titles_days=90, audit_days=90)
    hub.clock.forward(days=92)
    await hub.services.printers.add(tenant, admin, name="New", uri="ipp://p.example/ipp")
    return tenant, admin


async def numbers(hub: Bench, tenant: TenantId) -> list[int]:
    return [entry.number for entry in await hub.services.audit.page(tenant, CONSOLE, since=0, limit=500)]


async def test_the_beginning_goes_and_an_entry_says_which_hash_was_the_last(hub: Bench) -> None:
    tenant, _ = await grown(hub)
    before = await hub.services.audit.page(tenant, CONSOLE, since=0, limit=500)
    await hub.services.housekeeping.tidy()
    kept = await hub.services.audit.page(tenant, CONSOLE, since=0, limit=500)
    assert kept[0] == before[-1], "what is younger stays as it was"
    assert (kept[-1].act, kept[-1].subject, kept[-1].detail) == (TRIM, str(before[-2].number), before[-2].hash)
    assert kept[-1].by == HUB.label, "nobody asked for it"
    assert await hub.services.audit.first_broken(tenant, CONSOLE) is None
    await hub.services.housekeeping.tidy()
    assert await numbers(hub, tenant) == [entry.number for entry in kept], "once a day at most"
    hub.clock.forward(days=92)
    await hub.services.housekeeping.tidy()
    assert len(await numbers(hub, tenant)) == 1
    assert await hub.services.audit.first_broken(tenant, CONSOLE) is None


async def test_it_goes_in_steps(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant, _ = await grown(hub)
    old = len(await numbers(hub, tenant)) - 1
    monkeypatch.setattr(audit, "AUDIT_TRIMMED_AT_ONCE", 3)
    for gone in (3, 6, old):
        await hub.services.housekeeping.tidy()
        assert (await numbers(hub, tenant))[0] == gone + 1
        assert await hub.services.audit.first_broken(tenant, CONSOLE) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE number < 10 AND tenant = 'acme'",
        "UPDATE audit SET detail = 'x' WHERE act = 'audit.trim' AND tenant = 'acme'",
        "UPDATE audit SET subject = '1' WHERE act = 'audit.trim' AND tenant = 'acme'",
        "DELETE FROM audit WHERE act = 'audit.trim' AND tenant = 'acme'",
    ],
)
async def test_attack_what_policy_did_not_take_is_missed(hub: Bench, statement: str) -> None:
    tenant, _ = await grown(hub)
    await hub.services.housekeeping.tidy()
    assert await numbers(hub, tenant) == [9, 10]
    async with hub.raw(tenant) as connection:
        await connection.exec_driver_sql(statement)
    assert await hub.services.audit.first_broken(tenant, CONSOLE) == 1


async def test_a_log_is_kept_for_ever_unless_somebody_says_otherwise(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    hub.clock.forward(days=3000)
    await hub.services.housekeeping.tidy()
    assert (await numbers(hub, tenant))[0] == 1
    for days in (0, 89, 3651):
        with pytest.raises(BadInput, match="for ever"):
            await hub.services.keeping.change(tenant, admin, jobs_days=400, titles_days=90, audit_days=days)


async def test_a_long_log_is_followed_in_parts(hub: Bench) -> None:
    tenant, admin = await grown(hub)
    await hub.services.housekeeping.tidy()
    for number in range(4):
        await hub.services.printers.add(tenant, admin, name=f"More {number}", uri="ipp://p.example/ipp")
    prove, through, parts = hub.services.audit.prove, 0, 0
    while True:
        proof = await prove(tenant, admin, after=through, most=2)
        assert proof.broken is None
        parts, through = parts + 1, proof.through
        if not proof.more:
            break
    assert parts == 3
    assert through == (await numbers(hub, tenant))[-1]
    with pytest.raises(BadInput, match="no such entry"):
        await prove(tenant, admin, after=1)
    entries = await hub.services.audit.page(tenant, CONSOLE, since=0, limit=500)
    assert first_broken(entries) == 1, "without the entry that says so, a missing beginning is tampering"


async def test_a_log_that_is_trimmed_while_it_is_followed_is_followed_anew(hub: Bench) -> None:
    tenant, admin = await grown(hub)

    class Trimmed(AuditService):
        """Its log loses its beginning after the first part."""

        parts = 0

        async def prove(self, *arguments: Any, **named: Any) -> Proof:
            self.parts += 1
            proof = await super().prove(*arguments, **{"most": 2, **named})
            if self.parts == 1:
                await hub.services.housekeeping.tidy()
            return proof

    followed = Trimmed(hub.units)
    assert await followed.first_broken(tenant, admin) is None
    assert followed.parts > 2
    assert (await numbers(hub, tenant))[0] > 2
