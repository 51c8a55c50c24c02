"""Webhooks: what they are told, how it is signed, and who may have them."""

from __future__ import annotations

import base64
import hashlib
import hmac

import attrs
import pytest
from api_rig import Endpoint, hook, log, told
from hub_rig import BIRTH, Bench, job_report, report

from tympan_hub.domain.errors import Conflict, NotAllowed
from tympan_hub.domain.ids import SERVICE, AgentId, ProviderId, WebhookId
from tympan_hub.domain.limits.agents import SILENT
from tympan_hub.domain.limits.webhooks import WEBHOOKS
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.providers import ClaimNames
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.domain.webhooks import BY_ACT, CHOSEN, Happening, signature
from tympan_hub.service.audit import record
from tympan_hub.service.providers import ProviderWanted
from tympan_wire.hub import DeviceReport

pytestmark = pytest.mark.anyio


async def test_a_change_names_each_happening_once(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made, twice = await hook(hub, admin, listener.url), (Happening.JOB_ENDED, Happening.JOB_ENDED)
    changed = await hub.services.webhooks.change(
        admin.tenant, admin.actor, made.webhook.id, name="ours", url=listener.url, happenings=twice
    )
    assert changed.happenings == (Happening.JOB_ENDED,)
    shown = await hub.services.webhooks.get(admin.tenant, admin.actor, made.webhook.id)
    assert shown.webhook == changed


async def test_who_may_not_is_told_so_before_what_they_gave_is_looked_at(hub: Bench, admin: Person) -> None:
    tenant, user = admin.tenant, (await hub.person(admin.tenant, Role.USER)).actor
    with pytest.raises(NotAllowed):
        await hub.services.webhooks.change(tenant, user, WebhookId("x"), name="", url="", happenings=())
    with pytest.raises(NotAllowed):
        await hub.services.providers.add_rule(tenant, user, ProviderId("x"), value="", group="\t")
    wanted = ProviderWanted(name="", issuer="", client_id="", scopes=(), claims=ClaimNames())
    with pytest.raises(NotAllowed):
        await hub.services.providers.change(tenant, user, ProviderId("x"), wanted, "\t")


async def test_everything_there_is_to_tell_is_told(hub: Bench, admin: Person, listener: Endpoint) -> None:
    await hook(hub, admin, listener.url)
    tenant, by = admin.tenant, admin.actor
    agent = await hub.agent(tenant)
    printer = await hub.services.printers.add(tenant, by, name="Lobby", uri="ipp://p.example/ipp")
    sent = job_report(name="secret title")
    await agent.report(report(sent))
    for at, reachable in enumerate([True, False, False, True]):
        seen = DeviceReport(printer=printer.id, reachable=reachable, observed_at=BIRTH.replace(minute=at))
        await agent.report(report(seen))
    await hub.services.rollouts.stop(tenant, by, "", "2.0.0")
    await hub.services.policy.switch(tenant, by, "document.stats", Verdict.OFF)
    await hub.services.policy.switch(SERVICE, CONSOLE, "tunnel.send", Verdict.ON)
    await hub.services.tunnel_use.choose(tenant, by, printer.id, TunnelChoice(use=TunnelUse.ALWAYS))
    await hub.services.serving.settle()
    user = await hub.person(tenant, Role.USER)
    await hub.services.people.disable(tenant, by, user.id)
    hub.clock.forward(seconds=SILENT.total_seconds() + 60)
    await hub.services.deliveries.tidy()
    await hub.services.deliveries.tidy()
    await hub.services.agents.revoke(tenant, by, AgentId(agent.id))
    bodies = await told(hub, listener)
    types = [body["type"] for body in bodies]
    assert set(types) == set(CHOSEN)
    once = {
        Happening.PRINTER_FEW_AGENTS,
        Happening.JOB_ENDED,
        Happening.UPDATE_STOPPED,
        Happening.DEVICE_AWAY,
        Happening.DEVICE_BACK,
        Happening.AGENT_SILENT,
    }
    assert all(types.count(each) == 1 for each in once)
    assert all(body["tenant"] == tenant for body in bodies)
    job = next(body["data"] for body in bodies if body["type"] == "job.ended")
    assert (job["job"], job["printer"], job["sheets"]) == (str(sent.job), "lobby", 4)
    assert "secret title" not in repr(bodies)


def test_every_act_that_is_told_has_its_happening() -> None:
    by_other_means = {
        Happening.JOB_ENDED,
        Happening.UPDATE_STOPPED,
        Happening.AGENT_SILENT,
        Happening.DEVICE_AWAY,
        Happening.DEVICE_BACK,
        Happening.PRINTER_FEW_AGENTS,
    }
    assert set(BY_ACT.values()) | by_other_means == set(CHOSEN)


async def test_a_job_is_told_once_however_often_it_is_reported(hub: Bench, admin: Person, listener: Endpoint) -> None:
    await hook(hub, admin, listener.url, Happening.JOB_ENDED)
    agent = await hub.agent(admin.tenant)
    sent = job_report()
    for revision in (1, 2, 3):
        await agent.report(report(attrs.evolve(sent, revision=revision)))
    await agent.report(report(attrs.evolve(job_report(), ended_at=None)))
    assert len(await told(hub, listener)) == 1


async def test_only_what_was_chosen_is_told_and_only_to_whom_it_concerns(
    hub: Bench, admin: Person, listener: Endpoint
) -> None:
    await hook(hub, admin, listener.url, Happening.POLICY_SWITCHED)
    other = await hub.person(await hub.tenant("Other"))
    await hub.services.policy.switch(other.tenant, other.actor, "document.stats", Verdict.OFF)
    await hub.services.printers.add(admin.tenant, admin.actor, name="Lobby", uri="ipp://p.example/ipp")
    assert await told(hub, listener) == []


async def test_a_delivery_is_signed_so_that_anybody_can_check_it(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    await told(hub, listener)
    got = listener.got[0]
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    said = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == expected
    assert int(got.headers["webhook-timestamp"]) == int(hub.clock.now().timestamp())
    assert (got.headers["content-type"], got.target) == ("application/json", "/hook?of=tympan")
    assert got.headers["host"] == f"127.0.0.1:{listener.port}"


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The vector of the specification's own libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_no_secret_lies_in_the_database_and_a_new_one_ends_the_old(
    hub: Bench, admin: Person, listener: Endpoint
) -> None:
    made = await hook(hub, admin, listener.url)
    key = base64.b64decode(made.secret.removeprefix("whsec_"))
    kept = b"".join(path.read_bytes() for path in hub.database.path.parent.glob("hub.db*"))
    assert key not in kept
    assert made.secret.encode() not in kept
    renewed = await hub.services.webhooks.renew_secret(admin.tenant, admin.actor, made.webhook.id)
    assert renewed.secret != made.secret
    assert (await hub.services.webhooks.get(admin.tenant, admin.actor, made.webhook.id)).secret == renewed.secret


async def test_webhooks_are_for_administrators_few_and_in_the_log(hub: Bench, admin: Person) -> None:
    operator = await hub.person(admin.tenant, Role.OPERATOR)
    with pytest.raises(NotAllowed):
        await hook(hub, operator, "https://x.example/")
    for _ in range(WEBHOOKS):
        made = await hook(hub, admin, "https://x.example/")
    with pytest.raises(Conflict):
        await hook(hub, admin, "https://x.example/")
    await hub.services.webhooks.remove(admin.tenant, admin.actor, made.webhook.id)
    acts = [entry.act for entry in await hub.services.audit.page(admin.tenant, admin.actor)]
    assert acts[:2] == ["webhook.remove", "webhook.add"]


async def test_what_did_not_happen_is_not_told(hub: Bench, admin: Person) -> None:
    """A delivery and its happening are kept together, or neither is."""
    made = await hook(hub, admin, "http://127.0.0.1:9/", Happening.PRINTER_CHANGED)

    class Broken(Exception):
        pass

    with pytest.raises(Broken):
        async with hub.units.writing() as unit:
            await record(unit, admin.tenant, admin.actor, "printer.add", "x", at=hub.clock.now())
            raise Broken
    assert await log(hub, admin, made) == ()
    await hub.services.printers.add(admin.tenant, admin.actor, name="Lobby", uri="ipp://p.example/ipp")
    assert len(await log(hub, admin, made)) == 1
