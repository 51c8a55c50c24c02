"""What pages are given to speak with the agent on the same machine."""

from __future__ import annotations

import httpx
import pytest
from hub_rig import Bench
from portal_steps import SignIn, csrf

from tympan_hub.domain.people import Role
from tympan_wire.bridge import PERMIT

pytestmark = pytest.mark.anyio
REACHED = " ".join(f"http://{name}:{port}" for name in ("127.0.0.1", "localhost") for port in (39149, 39150))


def sent_to(answer: httpx.Response) -> str:
    """Where scripts of a page may send."""
    rules = (rule.strip() for rule in answer.headers["content-security-policy"].split(";"))
    return next(rule.removeprefix("connect-src ") for rule in rules if rule.startswith("connect-src"))


async def test_only_the_page_that_needs_it_may_reach_this_machine(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    administrator = await hub.person(tenant)
    await hub.services.printers.add(tenant, administrator.actor, name="Front", uri="ipp://device.example/ipp/print")
    client = await sign_in(administrator)
    assert sent_to(await client.get("/printers/front")) == f"'self' {REACHED}"
    for path in ("/", "/printers", "/printers/new", "/jobs", "/agents", "/policy", "/people", "/account", "/nowhere"):
        assert sent_to(await client.get(path)) == "'self'", path


async def test_a_page_gets_a_permit(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    administrator, user = await hub.person(tenant), await hub.person(tenant, Role.USER)
    await hub.services.printers.add(tenant, administrator.actor, name="Front", uri="ipp://device.example/ipp/print")
    agent = await hub.agent(tenant)
    client = await sign_in(administrator)
    form = {"agent": agent.id, "printer": "front", "deed": "install-queue", "challenge": "w" * 32}
    secret = {"csrf": await csrf(client, "/account")}
    answer = await client.post("/bridge/permit", data={**secret, **form})
    assert answer.status_code == 200
    assert PERMIT.opened(answer.json()["permit"]).payload
    refused = await client.post("/bridge/permit", data={**secret, **form, "deed": "print-money"})
    assert refused.status_code == 400
    assert refused.json()["detail"]
    gone = await client.post("/bridge/permit", data={**secret, **form, "printer": "gone"})
    assert (gone.status_code, gone.json()["code"]) == (404, "not-found")
    assert (await client.post("/bridge/permit", data=form)).status_code == 403
    user_client = await sign_in(user)
    secret = {"csrf": await csrf(user_client, "/account")}
    assert (await user_client.post("/bridge/permit", data={**secret, **form})).json() == {"needs_sign_in": True}
