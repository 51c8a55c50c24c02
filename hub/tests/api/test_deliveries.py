"""Deliveries to webhooks: tried again, never twice at once, and never in each other's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import pytest
from api_rig import Endpoint, endpoint, hook, log, told
from hub_rig import BIRTH, Bench

from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.domain.errors import Conflict, Unavailable
from tympan_hub.domain.limits.webhooks import DELIVERIES_KEPT, DELIVERY_FOR, DELIVERY_SLOWEST
from tympan_hub.domain.people import Person
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.webhooks import Answer, Fate, Happening
from tympan_hub.ports import Unit, Units
from tympan_hub.service.deliveries import DeliveryService

pytestmark = pytest.mark.anyio
REFUSALS = {
    b"HTTP/1.1 500 No\r\ncontent-length: 4\r\n\r\noops": (500, "oops"),
    b"HTTP/1.1 302 Elsewhere\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n": (302, ""),
    b"garbage\r\n\r\n": (None, ""),
    b"": (None, "the connection ended without an answer"),
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 9000 + b"\r\n": (None, ""),
}
WAIT_S = 20.0


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
