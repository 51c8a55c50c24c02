"""The page of keys: every entry, what waits, and confirming what was compared."""

from __future__ import annotations

import re

import pytest
from hub_rig import AgentKey, Bench, RemoteAgent
from portal_steps import SignIn, send

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.http.portal import _keys
from tympan_wire.hub import KeyEvent, KeysRequest, Operation
from tympan_wire.key_proofs import fingerprint

pytestmark = pytest.mark.anyio
FIRST, SECOND = b"a key for envelopes", b"another key"


async def joined(hub: Bench, tenant: TenantId, name: str) -> RemoteAgent:
    agent = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), name=name, recipient=FIRST)
    await agent.enrol(await hub.services.agents.make_token(tenant, CONSOLE))
    await agent.renew()
    return agent


def grouped(digits: str) -> str:
    return " ".join(re.findall("....", digits))


async def test_every_entry_is_shown_with_its_fingerprint_and_the_head_to_compare(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    assert "Nothing stands here yet" in (await client.get("/agents/keys")).text
    agents = [await joined(hub, tenant, name) for name in ("desk-a", "desk-b")]
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agents[1].id))
    page = (await client.get("/agents/keys")).text
    assert re.findall(r'id="entry-(\d+)"', page) == ["3", "2", "1"]
    assert page.count(grouped(fingerprint(FIRST))) == 3
    [newest] = await hub.services.key_book.older(tenant, CONSOLE, None, 1)
    assert grouped(newest.digest) in page
    assert "Waiting to be confirmed" not in page


async def test_a_key_that_changed_is_confirmed_once_it_was_compared(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant, "desk-a")
    await agent.rekey(SECOND)
    client = await sign_in(await hub.person(tenant))
    assert "waits to be confirmed" in (await client.get("/")).text
    page = (await client.get("/agents/keys")).text
    assert "Waiting to be confirmed" in page
    assert f'value="{fingerprint(SECOND)}"' in page

    path = f"/agents/{agent.id}/confirm-key"
    assert "has another key by now" in (await send(client, path, seen=fingerprint(FIRST))).text
    assert "The key is confirmed." in (await send(client, path, seen=fingerprint(SECOND))).text
    assert "It was so already" in (await send(client, path, seen=fingerprint(SECOND))).text
    keys = await agent.ask(Operation.KEYS, KeysRequest(after=2))
    assert [entry.event for entry in keys.entries] == [KeyEvent.CONFIRMED]
    acts = [entry.act for entry in await hub.services.audit.page(tenant, CONSOLE)]
    assert acts[0] == "agent.confirm-key"
    assert "agent.change-key" in acts


async def test_who_may_not_manage_agents_confirms_nothing(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant, "desk-a")
    await agent.rekey(SECOND)
    operator = await sign_in(await hub.person(tenant, Role.OPERATOR))
    page = (await operator.get("/agents/keys")).text
    assert "Waiting to be confirmed" in page
    assert "confirm-key" not in page
    assert (await send(operator, f"/agents/{agent.id}/confirm-key", seen=fingerprint(SECOND))).status_code == 403
    user = await sign_in(await hub.person(tenant, Role.USER))
    assert (await user.get("/agents/keys")).status_code == 403


async def test_a_long_book_is_shown_in_pages(hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_keys, "PAGE", 2)
    tenant = await hub.tenant()
    for number in range(5):
        await joined(hub, tenant, f"desk-{number}")
    client = await sign_in(await hub.person(tenant))
    seen, path = [], "/agents/keys"
    while path:
        page = (await client.get(path)).text
        seen += re.findall(r'id="entry-(\d+)"', page)
        path = next(iter(re.findall(r'href="(/agents/keys\?before=\d+)"', page)), "")
    assert seen == ["5", "4", "3", "2", "1"]
    for odd in ("x", "-1", "9" * 30, "\u0661"):
        assert (await client.get("/agents/keys", params={"before": odd})).status_code == 200
