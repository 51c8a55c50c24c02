"""Policy: numbered, signed, told, kept; and who may switch what."""

from __future__ import annotations

import asyncio
import base64
import json

import attrs
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hub_rig import BIRTH, Bench

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from tympan_hub.domain.ids import SERVICE, CapabilityKey, TenantId
from tympan_hub.domain.limits.policy import RULES
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Edition, Verdict, next_edition, to_be_signed

pytestmark = pytest.mark.anyio
KEY = "document.stats"


def opened(hub: Bench, edition: Edition) -> dict[str, object]:
    """The payload, once its signature has verified as DSSE says."""
    table = json.loads(edition.envelope)
    content, signed = base64.b64decode(table["payload"]), table["signatures"][0]
    public = hub.secrets.policy_keys()[signed["keyid"]]
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signed["sig"]), to_be_signed(content))
    assert table["payloadType"] == "application/vnd.tympan.policy+json"
    payload: dict[str, object] = json.loads(content)
    return payload


async def test_a_switch_makes_a_signed_document_with_the_next_number(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    first = await hub.services.policy.switch(tenant, admin, KEY, Verdict.OFF)
    assert opened(hub, first) == {
        "format": 1,
        "scope": "tenant",
        "name": "acme",
        "number": 1,
        "issued_at": hub.clock.now().isoformat(),
        "expires_at": None,
        "rules": {KEY: "off"},
    }
    second = await hub.services.policy.switch(tenant, admin, "browser.bridge", Verdict.USER)
    assert opened(hub, second)["rules"] == {KEY: "off", "browser.bridge": "user"}
    third = await hub.services.policy.switch(tenant, admin, KEY, None)
    assert (third.number, opened(hub, third)["rules"]) == (3, {"browser.bridge": "user"})


async def test_the_service_owners_document_has_its_own_scope_and_numbers(hub: Bench) -> None:
    owner = (await hub.owner()).actor
    edition = await hub.services.policy.switch(SERVICE, owner, KEY, Verdict.ON)
    payload = opened(hub, edition)
    assert (payload["scope"], payload["name"], payload["number"]) == ("service-owner", "hub", 1)


async def test_a_document_that_was_touched_does_not_verify(hub: Bench) -> None:
    edition = await hub.services.policy.switch(SERVICE, CONSOLE, KEY, Verdict.ON)
    table = json.loads(edition.envelope)
    table["payload"] = base64.b64encode(base64.b64decode(table["payload"]).replace(b'"on"', b'"off"')).decode()
    with pytest.raises(InvalidSignature):
        opened(hub, attrs.evolve(edition, envelope=json.dumps(table)))


async def test_switches_at_the_same_time_get_one_number_each(hub: Bench) -> None:
    tenant = await hub.tenant()
    keys = [f"test.key-{number}" for number in range(20)]
    editions = await asyncio.gather(*(hub.services.policy.switch(tenant, CONSOLE, key, Verdict.OFF) for key in keys))
    assert sorted(edition.number for edition in editions) == list(range(1, 21))
    last = max(editions, key=lambda edition: edition.number)
    assert set(last.rules) == set(keys)


async def test_who_changed_what_and_when_is_told(hub: Bench) -> None:
    tenant = await hub.tenant()
    ada, bob = (
        (await hub.person(tenant, email="ada@a.example")).actor,
        (await hub.person(tenant, email="b@a.example")).actor,
    )
    await hub.services.policy.switch(tenant, ada, KEY, Verdict.OFF)
    hub.clock.forward(hours=1)
    await hub.services.policy.switch(tenant, bob, KEY, Verdict.ON)
    history = await hub.services.policy.history(tenant, ada)
    assert [(e.by, e.before, e.after, e.number) for e in history] == [
        ("b@a.example", Verdict.OFF, Verdict.ON, 2),
        ("ada@a.example", None, Verdict.OFF, 1),
    ]
    assert history[0].issued_at == hub.clock.now()
    shown = next(switch for switch in await hub.services.policy.switches(tenant, ada) if switch.key == KEY)
    assert (shown.verdict, shown.wider, shown.changed) == (Verdict.ON, None, history[0])


async def test_what_the_service_owner_decided_binds_a_tenant(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.ON)
    await hub.services.policy.switch(SERVICE, CONSOLE, KEY, Verdict.OFF)
    shown = next(switch for switch in await hub.services.policy.switches(tenant, admin) if switch.key == KEY)
    assert (shown.bound, shown.wider, shown.verdict) == (True, Verdict.OFF, Verdict.ON)
    with pytest.raises(Conflict, match="service owner"):
        await hub.services.policy.switch(tenant, admin, KEY, Verdict.USER)
    await hub.services.policy.switch(tenant, admin, KEY, None)
    await hub.services.policy.switch(SERVICE, CONSOLE, KEY, Verdict.USER)
    await hub.services.policy.switch(tenant, admin, KEY, Verdict.ON)


async def test_saying_it_again_makes_no_new_edition(hub: Bench) -> None:
    tenant = await hub.tenant()
    await hub.services.policy.switch(tenant, CONSOLE, KEY, Verdict.OFF)
    with pytest.raises(Conflict):
        await hub.services.policy.switch(tenant, CONSOLE, KEY, Verdict.OFF)
    assert len(await hub.services.policy.history(tenant, CONSOLE)) == 1


@pytest.mark.parametrize("key", ["", "x", "X.Y", "a..b", "a.b.c.d.e.f", "a." + "b" * 100, "a.b\n"])
async def test_what_is_no_key_is_refused(hub: Bench, key: str) -> None:
    with pytest.raises(BadInput):
        await hub.services.policy.switch(SERVICE, CONSOLE, key, Verdict.OFF)


def test_a_document_with_more_rules_than_agents_take_is_refused() -> None:
    edition: Edition | None = None
    for number in range(RULES + 1):
        if number == RULES:
            with pytest.raises(BadInput):
                next_edition(SERVICE, edition, CapabilityKey(f"a.k{number}"), Verdict.ON, now=BIRTH, by="x")
        else:
            edition = next_edition(SERVICE, edition, CapabilityKey(f"a.k{number}"), Verdict.ON, now=BIRTH, by="x")


@pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR])
async def test_only_administrators_switch(hub: Bench, role: Role) -> None:
    tenant = await hub.tenant()
    by = (await hub.person(tenant, role)).actor
    with pytest.raises(NotAllowed):
        await hub.services.policy.switch(tenant, by, KEY, Verdict.OFF)


async def test_an_administrator_switches_neither_for_the_service_nor_for_another_tenant(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    by = (await hub.person(acme)).actor
    for tenant in (SERVICE, other):
        with pytest.raises(NotAllowed):
            await hub.services.policy.switch(tenant, by, KEY, Verdict.OFF)
    with pytest.raises(NotFound):
        await hub.services.policy.switch(TenantId("nowhere"), CONSOLE, KEY, Verdict.OFF)
