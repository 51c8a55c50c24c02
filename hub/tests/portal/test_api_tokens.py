"""Pages of tokens and webhooks: made, shown once, used, revoked; tried, switched off, sent again."""

from __future__ import annotations

import re

import httpx
import pytest
from hub_rig import Bench
from portal_steps import SignIn, send

from tympan_hub.domain.people import Role
from tympan_hub.domain.webhooks import Fate

pytestmark = pytest.mark.anyio


def token_of(page: httpx.Response) -> str:
    found = re.search(r'id="token">(tym_[\w-]+)<', page.text)
    assert found, page.text
    return found[1]


async def test_a_token_is_made_shown_once_used_and_revoked(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    assert "Make the first token" in (await client.get("/account/tokens")).text
    made = await send(client, "/account/tokens/new", name="Export", role="operator", days="30")
    secret = token_of(made)
    me = (await hub.client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})).json()
    assert (me["role"], me["token_name"]) == ("operator", "Export")
    page = (await client.get("/account/tokens")).text
    assert secret not in page
    assert secret[:10] in page
    question = re.search(r'href="(/account/tokens/\w+/revoke)"', page)
    assert question
    assert "Export" in (await client.get(question[1])).text
    assert "revoked" in (await send(client, question[1])).text
    assert (await hub.client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})).status_code == 401


async def test_a_form_offers_no_role_above_ones_own(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    page = (await client.get("/account/tokens/new")).text
    assert 'value="operator"' in page
    assert 'value="administrator"' not in page
    made = await send(client, "/account/tokens/new", name="x", role="administrator", days="9999")
    token = (await hub.services.api_tokens.list(tenant, (await hub.person(tenant)).actor))[0]
    assert token_of(made)
    assert token.role is Role.USER
    assert (token.expires_at - token.made_at).days == 90


async def test_an_administrator_sees_whose_a_token_is(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    await send(await sign_in(await hub.person(tenant, Role.USER)), "/account/tokens/new", name="Theirs", days="30")
    page = (await (await sign_in(await hub.person(tenant))).get("/account/tokens")).text
    assert "Theirs" in page
    assert " · user" in page


@pytest.mark.parametrize("name", ["", " ", "x" * 200, "a\nb"])
async def test_a_name_that_is_none_is_told(hub: Bench, sign_in: SignIn, name: str) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await send(client, "/account/tokens/new", name=name, days="30")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


async def test_a_service_owner_has_tokens_too(hub: Bench, sign_in: SignIn) -> None:
    secret = token_of(await send(await sign_in(await hub.owner()), "/account/tokens/new", name="ops", days="30"))
    tenants = await hub.client.get("/api/v1/tenants", headers={"Authorization": f"Bearer {secret}"})
    assert tenants.status_code == 200


HOOK = {"name": "Accounting", "url": "http://127.0.0.1:9/hook", "tell-job.ended": "yes", "tell-device.away": "yes"}


async def test_a_webhook_lives(hub: Bench, sign_in: SignIn) -> None:
    admin = await hub.person(await hub.tenant())
    client = await sign_in(admin)
    assert "Add the first webhook" in (await client.get("/webhooks")).text
    page = await send(client, "/webhooks/new", **HOOK)
    here = page.url.path
    assert "whsec_" in page.text
    assert "A job has ended" in page.text
    assert "A policy switch was moved" not in page.text
    assert "on its way" in (await send(client, f"{here}/test")).text
    await hub.services.deliveries.round()
    log = (await client.get(here)).text
    assert "Waiting" in log
    assert "again on" in log
    [made] = await hub.services.webhooks.list(admin.tenant, admin.actor)
    [delivery] = await hub.services.webhooks.deliveries(admin.tenant, admin.actor, made.id)
    assert (await send(client, f"{here}/deliveries/{delivery.id}/again")).status_code == 200
    hub.clock.forward(days=4)
    await hub.services.deliveries.round()
    client = await sign_in(admin)
    log = (await client.get(here)).text
    assert "Given up" in log
    assert "nothing was taken for 3 days" in log
    assert "switched on" in (await send(client, f"{here}/enable")).text
    assert "sent again" in (await send(client, f"{here}/deliveries/{delivery.id}/again")).text
    [delivery] = await hub.services.webhooks.deliveries(admin.tenant, admin.actor, made.id)
    assert delivery.fate is Fate.WAITING
    before = re.findall(r"whsec_[\w+/=]+", log)
    assert re.findall(r"whsec_[\w+/=]+", (await send(client, f"{here}/secret")).text) != before
    changed = await send(client, f"{here}/edit", **{**HOOK, "name": "Other", "url": "https://other.example/"})
    assert "Other" in changed.text
    assert "Switched off" in (await send(client, f"{here}/disable")).text
    assert "removed" in (await send(client, f"{here}/remove")).text
    assert (await client.get(here)).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"url": "http://x.example/"}, {"url": ""}, {"name": ""}, {"tell-job.ended": "", "tell-device.away": ""}]
)
async def test_what_is_wrong_with_a_webhook_is_told(hub: Bench, sign_in: SignIn, wrong: dict[str, str]) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await send(client, "/webhooks/new", **{**HOOK, **wrong})
    assert answer.status_code == 422
    assert "fault" in answer.text
    assert "Add the first webhook" in (await client.get("/webhooks")).text


async def test_webhooks_are_for_administrators(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.OPERATOR))
    assert (await client.get("/webhooks")).status_code == 403
    assert 'href="/webhooks"' not in (await client.get("/")).text


async def test_the_log_comes_in_pages(hub: Bench, sign_in: SignIn) -> None:
    admin = await hub.person(await hub.tenant())
    client = await sign_in(admin)
    here = (await send(client, "/webhooks/new", **HOOK)).url.path
    [made] = await hub.services.webhooks.list(admin.tenant, admin.actor)
    for _ in range(25):
        await hub.services.webhooks.test(admin.tenant, admin.actor, made.id)
    first = (await client.get(here)).text
    later = re.search(r'href="(/webhooks/\w+\?at=\w+)"', first)
    assert later
    second = (await client.get(later[1])).text
    assert first.count("A try") > second.count("A try") > 0
