"""Webhooks: written with what they tell, signed, tried again, never twice at once, and never into private networks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs
import pytest
from api_rig import Endpoint, endpoint
from hub_rig import BIRTH, Bench, job_report, report

from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.domain.addresses import is_public
from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, Unavailable
from tympan_hub.domain.ids import AgentId, ProviderId, WebhookId
from tympan_hub.domain.limits.agents import SILENT
from tympan_hub.domain.limits.webhooks import DELIVERIES_KEPT, DELIVERY_FOR, DELIVERY_SLOWEST, WEBHOOKS
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.providers import ClaimNames
from tympan_hub.domain.webhooks import BY_ACT, CHOSEN, Answer, Delivery, Fate, Happening, signature
from tympan_hub.ports import Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.deliveries import DeliveryService
from tympan_hub.service.providers import ProviderWanted
from tympan_hub.service.webhooks import WebhookShown
from tympan_wire.hub import DeviceReport

pytestmark = pytest.mark.anyio
WAIT_S = 20.0


@pytest.fixture
async def listener() -> AsyncIterator[Endpoint]:
    async with endpoint() as running:
        yield running


@pytest.fixture
async def admin(hub: Bench) -> Person:
    return await hub.person(await hub.tenant())


async def hook(hub: Bench, admin: Person, url: str, *happenings: Happening) -> WebhookShown:
    return await hub.services.webhooks.add(
        admin.tenant, admin.actor, name="ours", url=url, happenings=happenings or CHOSEN
    )


async def log(hub: Bench, admin: Person, made: WebhookShown) -> tuple[Delivery, ...]:
    return await hub.services.webhooks.deliveries(admin.tenant, admin.actor, made.webhook.id)


async def told(hub: Bench, listener: Endpoint) -> list[dict[str, Any]]:
    """What the endpoint is told after one round, oldest first."""
    before = len(listener.got)
    while await hub.services.deliveries.round():
        pass
    bodies = [json.loads(got.body) for got in listener.got[before:]]
    return sorted(bodies, key=lambda body: str(body["timestamp"]))


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
    await hub.services.policy.switch(tenant, by, "document.stats", Verdict.OFF)
    user = await hub.person(tenant, Role.USER)
    await hub.services.people.disable(tenant, by, user.id)
    hub.clock.forward(seconds=SILENT.total_seconds() + 60)
    await hub.services.deliveries.tidy()
    await hub.services.deliveries.tidy()
    await hub.services.agents.revoke(tenant, by, AgentId(agent.id))
    bodies = await told(hub, listener)
    types = [body["type"] for body in bodies]
    assert set(types) == set(CHOSEN)
    once = {Happening.JOB_ENDED, Happening.DEVICE_AWAY, Happening.DEVICE_BACK, Happening.AGENT_SILENT}
    assert all(types.count(each) == 1 for each in once)
    assert all(body["tenant"] == tenant for body in bodies)
    job = next(body["data"] for body in bodies if body["type"] == "job.ended")
    assert (job["job"], job["printer"], job["sheets"]) == (str(sent.job), "lobby", 4)
    assert "secret title" not in repr(bodies)


def test_every_act_that_is_told_has_its_happening() -> None:
    by_other_means = {
        Happening.JOB_ENDED,
        Happening.AGENT_SILENT,
        Happening.DEVICE_AWAY,
        Happening.DEVICE_BACK,
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


REFUSALS = {
    b"HTTP/1.1 500 No\r\ncontent-length: 4\r\n\r\noops": (500, "oops"),
    b"HTTP/1.1 302 Elsewhere\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n": (302, ""),
    b"garbage\r\n\r\n": (None, ""),
    b"": (None, "the connection ended without an answer"),
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 9000 + b"\r\n": (None, ""),
}


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda answer: repr(answer[:20]))
async def test_what_is_not_taken_is_tried_again(hub: Bench, admin: Person, listener: Endpoint, answer: bytes) -> None:
    made = await hook(hub, admin, listener.url, Happening.POLICY_SWITCHED)
    await hub.services.policy.switch(admin.tenant, admin.actor, "document.stats", Verdict.OFF)
    good, listener.answer = listener.answer, answer
    assert len(await told(hub, listener)) == 1
    assert await hub.services.deliveries.round() == 0
    failed = (await log(hub, admin, made))[0]
    status, detail = REFUSALS[answer]
    assert (failed.fate, failed.attempts, failed.status) == (Fate.WAITING, 1, status)
    assert not detail or failed.detail == detail
    listener.answer = good
    hub.clock.forward(hours=1)
    await told(hub, listener)
    taken = (await log(hub, admin, made))[0]
    assert (taken.fate, taken.attempts, taken.status, taken.detail) == (Fate.TAKEN, 2, 200, "ok")
    assert listener.got[0].headers["webhook-id"] == listener.got[-1].headers["webhook-id"]
    assert listener.got[0].headers["webhook-signature"] != listener.got[-1].headers["webhook-signature"]


async def test_waits_grow_are_spread_and_end(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url, Happening.POLICY_SWITCHED)
    listener.answer = b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"
    await hub.services.policy.switch(admin.tenant, admin.actor, "document.stats", Verdict.OFF)
    waits = []
    for _ in range(100):
        await hub.services.deliveries.round()
        delivery = (await log(hub, admin, made))[0]
        if delivery.fate is not Fate.WAITING:
            break
        waits.append(delivery.due_at - hub.clock.now())
        hub.clock.moment = delivery.due_at
    assert delivery.fate is Fate.GIVEN_UP
    assert 12 < len(waits) < 60
    assert waits[0].total_seconds() < 60
    assert max(waits) <= DELIVERY_SLOWEST
    assert hub.clock.now() - BIRTH > DELIVERY_FOR - DELIVERY_SLOWEST
    known = (await hub.services.webhooks.get(admin.tenant, admin.actor, made.webhook.id)).webhook
    assert known.disabled_at is not None
    assert "nothing was taken for 3 days" in known.note


async def test_an_endpoint_that_is_gone_is_asked_no_more(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    listener.answer = b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    await told(hub, listener)
    known = (await hub.services.webhooks.get(admin.tenant, admin.actor, made.webhook.id)).webhook
    assert "gone" in known.note
    entry = (await hub.services.audit.page(admin.tenant, admin.actor))[0]
    assert (entry.by, entry.act, entry.detail) == ("hub", "webhook.disable", known.note)
    with pytest.raises(Conflict):
        await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    hub.clock.forward(days=1)
    assert await told(hub, listener) == []
    await hub.services.webhooks.enable(admin.tenant, admin.actor, made.webhook.id)
    assert len(await told(hub, listener)) == 1


async def test_what_ended_is_sent_again_when_somebody_asks(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    sent = await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    with pytest.raises(Conflict):
        await hub.services.webhooks.send_again(admin.tenant, admin.actor, made.webhook.id, sent.id)
    await told(hub, listener)
    await hub.services.webhooks.send_again(admin.tenant, admin.actor, made.webhook.id, sent.id)
    await told(hub, listener)
    assert len({got.headers["webhook-id"] for got in listener.got}) == 1
    assert len(listener.got) == 2


async def test_of_two_processes_one_delivers(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    for _ in range(5):
        await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    postman = HttpsPostman(to_private=True)
    processes = [DeliveryService(hub.units, hub.clock, hub.secrets, postman, hub.meter) for _ in range(3)]
    await asyncio.gather(*(process.round() for process in processes))
    assert len(listener.got) == 5
    assert {delivery.fate for delivery in await log(hub, admin, made)} == {Fate.TAKEN}


async def test_what_a_dead_process_held_is_delivered_by_another(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    listener.silent = True
    dying = DeliveryService(hub.units, hub.clock, hub.secrets, HttpsPostman(to_private=True), hub.meter)
    task = asyncio.create_task(dying.round())
    while not listener.got:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    listener.silent = False
    listener.hold.set()
    assert await hub.services.deliveries.round() == 0
    hub.clock.forward(minutes=3)
    assert len(await told(hub, listener)) == 1


async def test_a_silent_endpoint_holds_up_no_other_tenant(hub: Bench, admin: Person, listener: Endpoint) -> None:
    others = [await hub.person(await hub.tenant(name)) for name in ("Before", "Zebra")]
    listener.silent = True
    async with endpoint() as quick:
        for person, url in ((others[0], quick.url), (admin, listener.url), (others[1], quick.url)):
            made = await hook(hub, person, url)
            await hub.services.webhooks.test(person.tenant, person.actor, made.webhook.id)
        async with asyncio.timeout(10):  # less than an attempt may take
            task = asyncio.create_task(hub.services.deliveries.round())
            while len(quick.got) < 2:
                await asyncio.sleep(0.01)
        assert not task.done()
        listener.hold.set()
        assert await task == 3


async def test_while_one_endpoint_is_silent_what_is_new_for_other_tenants_goes_out(
    hub: Bench, admin: Person, listener: Endpoint
) -> None:
    other = await hub.person(await hub.tenant("Zebra"))
    listener.silent = True
    silent = await hook(hub, admin, listener.url)
    await hub.services.webhooks.test(admin.tenant, admin.actor, silent.webhook.id)
    async with endpoint() as quick:
        made = await hook(hub, other, quick.url)
        await hub.services.webhooks.test(other.tenant, other.actor, made.webhook.id)
        first = asyncio.create_task(hub.services.deliveries.round())
        while not (listener.got and quick.got):
            await asyncio.sleep(0)
        await hub.services.webhooks.test(admin.tenant, admin.actor, silent.webhook.id)
        for _ in range(2):
            await hub.services.webhooks.test(other.tenant, other.actor, made.webhook.id)
            while not await hub.services.deliveries.round():
                await asyncio.sleep(0)
        assert (len(listener.got), len(quick.got)) == (1, 3)
        assert not first.done()
        listener.silent = False
        listener.hold.set()
        assert await first == 2
    assert await hub.services.deliveries.round() == 1


@attrs.define
class Hanging:
    """``Units`` of a database that does not answer until it is told to."""

    real: Units
    asked: int = 0
    answers: asyncio.Event = attrs.field(factory=asyncio.Event)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Unit]:
        self.asked += 1
        await self.answers.wait()
        async with self.real.reading() as unit:
            yield unit

    def writing(self, *parts: str) -> AbstractAsyncContextManager[Unit]:
        return self.real.writing(*parts)


async def test_a_database_that_hangs_is_asked_by_one_round_alone(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    units = Hanging(hub.units)
    service = DeliveryService(units, hub.clock, hub.secrets, HttpsPostman(to_private=True), hub.meter)
    first = asyncio.create_task(service.round())
    while not units.asked:
        await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(Unavailable):  # no success, so that it shows
            async with asyncio.timeout(WAIT_S):
                await service.round()
    assert units.asked == 1
    units.answers.set()
    assert await first == 1
    assert await service.round() == 0


@attrs.define
class Troubled:
    """``Postman`` that has trouble of its own at one address."""

    real: HttpsPostman
    at: str
    failed: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if url == self.at:
            self.failed.set()
            raise Unavailable("no thread is left")
        return await self.real.post(url, headers, body)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["same-tenant", "other-tenant"])
async def test_trouble_with_one_delivery_leaves_no_other_unowned(
    hub: Bench, admin: Person, listener: Endpoint, elsewhere: bool
) -> None:
    other = await hub.person(await hub.tenant("Before")) if elsewhere else admin
    listener.silent = True
    async with endpoint() as troubled:
        made = await hook(hub, admin, listener.url)
        for person, each in ((admin, made), (other, await hook(hub, other, troubled.url))):
            await hub.services.webhooks.test(person.tenant, person.actor, each.webhook.id)
        postman = Troubled(HttpsPostman(to_private=True), troubled.url)
        service = DeliveryService(hub.units, hub.clock, hub.secrets, postman, hub.meter)
        task = asyncio.create_task(service.round())
        await postman.failed.wait()
        while not listener.got:
            await asyncio.sleep(0)
        listener.hold.set()
        with pytest.raises(Unavailable):
            await task
    assert [delivery.fate for delivery in await log(hub, admin, made)] == [Fate.TAKEN]


async def test_a_detour_leaves_a_trace(hub: Bench, admin: Person) -> None:
    made = await hook(hub, admin, "https://ours.example/", Happening.JOB_ENDED)
    for url in ("https://evil.example/", "https://ours.example/"):
        await hub.services.webhooks.change(
            admin.tenant, admin.actor, made.webhook.id, name="ours", url=url, happenings=(Happening.JOB_ENDED,)
        )
    entries = await hub.services.audit.page(admin.tenant, admin.actor)
    assert [entry.detail for entry in entries[:2]] == [
        "url: https://evil.example/ → https://ours.example/",
        "url: https://ours.example/ → https://evil.example/",
    ]


async def test_who_lost_the_lease_writes_nothing_down(hub: Bench, admin: Person) -> None:
    made = await hook(hub, admin, "http://127.0.0.1:9/")
    sent = await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    async with hub.units.writing() as unit:
        assert await unit.deliveries.lease(admin.tenant, "one", BIRTH, BIRTH, 5)
        assert await unit.deliveries.lease(admin.tenant, "two", BIRTH, BIRTH.replace(hour=12), 5)
        assert not await unit.deliveries.lease(admin.tenant, "three", BIRTH, BIRTH.replace(hour=12), 5)
        assert not await unit.deliveries.end(admin.tenant, sent, "one")
        assert await unit.deliveries.end(admin.tenant, sent, "two")


async def test_a_slow_endpoint_is_given_up(listener: Endpoint) -> None:
    listener.silent = True
    answer = await HttpsPostman(to_private=True, seconds=0.05).post(listener.url, {}, b"{}")
    assert answer == Answer(detail="no answer within 0.05 s")


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.192",
    "192.88.99.1",
    "3fff::1",
    "3fff:fff::1",
    "::ffff:192.0.0.192",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_private_networks_are_known(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_known(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
async def test_nothing_is_posted_into_a_private_network(listener: Endpoint, host: str) -> None:
    answer = await HttpsPostman().post(f"http://{host}:{listener.port}/", {}, b"{}")
    assert answer.status is None
    assert not listener.got
    assert answer.detail == "refused: the address leads into a private network"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "http://x.example/",
        "http://10.0.0.1/",
        "https://",
        "https://user:word@x.example/",
        "https://x.example:0/",
        "https://x.example:99999/",
        "https://x.example/#there",
        "https://x.example/ there",
        "https://x.example/\r\nx: y",
        "https://xä.example/",
        "https://[::1/",
        "https://x.example/" + "x" * 1100,
    ],
)
async def test_what_is_no_address_for_a_webhook_is_refused(hub: Bench, admin: Person, url: str) -> None:
    with pytest.raises(BadInput):
        await hook(hub, admin, url)


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


async def test_ended_deliveries_are_forgotten_in_time(hub: Bench, admin: Person, listener: Endpoint) -> None:
    made = await hook(hub, admin, listener.url)
    await hub.services.webhooks.test(admin.tenant, admin.actor, made.webhook.id)
    await told(hub, listener)
    hub.clock.forward(days=DELIVERIES_KEPT.days - 1)
    await hub.services.deliveries.tidy()
    assert len(await log(hub, admin, made)) == 1
    hub.clock.forward(days=2)
    await hub.services.deliveries.tidy()
    assert await log(hub, admin, made) == ()


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
