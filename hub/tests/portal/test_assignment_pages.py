"""Saying for whom a printer is, and what users see of it, each as the browser sends it."""

from __future__ import annotations

import httpx
import pytest
from hub_rig import Bench
from portal_steps import URL, SignIn, send

from tympan_hub.domain.people import Role

pytestmark = pytest.mark.anyio
URI = "ipp://office.example/ipp/print"
AT = "/printers/office/for-whom"


async def test_a_printer_is_given_and_taken_on_its_page(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin, ben = await hub.person(tenant), await hub.person(tenant, Role.USER, "ben@acme.example")
    group = await hub.services.groups.add(tenant, admin.actor, name="Post")
    await hub.services.groups.join(tenant, admin.actor, group.id, ben.id)
    user = await sign_in(ben)
    async with httpx.AsyncClient(transport=user._transport, base_url=URL, cookies=user.cookies) as theirs:
        await _given_and_taken(await sign_in(admin), theirs, group.id, ben.id)


async def _given_and_taken(boss: httpx.AsyncClient, user: httpx.AsyncClient, group: str, ben: str) -> None:
    made = await send(boss, "/printers/new", name="Office", uri=URI, audience="chosen")
    assert made.url.path == AT
    assert "Nobody may use it yet" in made.text
    assert (await user.get("/printers/office")).status_code == 404
    assert "Office" not in (await user.get("/printers")).text + (await user.get("/")).text
    found = (await boss.get(AT, params={"q": "post"})).text
    assert f'name="group" value="{group}"' in found
    assert f'name="person" value="{ben}"' not in found
    assert f'name="person" value="{ben}"' in (await boss.get(AT, params={"q": "ben"})).text
    assert "The printer is given to them." in (await send(boss, f"{AT}/give", group=group, q="post")).text
    assert "Post" in (await boss.get("/printers/office")).text
    assert (await user.get("/printers/office")).status_code == 200
    assert "Office" in (await user.get("/")).text
    assert "nothing is changed" in (await send(boss, f"{AT}/give", group=group)).text
    assert "is taken from them" in (await send(boss, f"{AT}/take", group=group)).text
    assert (await user.get("/printers/office")).status_code == 404
    await send(boss, f"{AT}/give", person=ben)
    assert (await user.get("/printers/office")).status_code == 200
    await send(boss, f"{AT}/take", person=ben)
    assert "for everybody now" in (await send(boss, AT, everybody="yes")).text
    assert (await user.get("/printers/office")).status_code == 200
    assert "those alone" in (await send(boss, AT, everybody="no")).text
    assert (await user.get("/printers/office")).status_code == 404
    assert (await send(user, AT, everybody="yes")).status_code == 403
    assert (await user.get(AT)).status_code == 403


async def test_nobody_installs_where_nobody_may_use_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI, everybody=False)
    agent = await hub.agent(tenant)
    boss = await sign_in(admin)
    refused = await send(boss, "/printers/office/install", agent=agent.id)
    assert refused.status_code == 200
    assert "Nobody who may use this printer is signed in at that computer." in refused.text
