"""Notices through a real broker: they come, they come to nobody else, and without them all goes on."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import attrs
import httpx
import pytest
import trio
import trustme
from mqtt_rig import QUICK, Intruder, Listening, Mosquitto, enrolled, intruder, listening, mosquitto, until
from portal_rig import PASSWORD, ServedHub, served
from rig import free_port

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.people import CONSOLE, Role
from tympan_wire.hub import Look, News, encode

pytestmark = [pytest.mark.anyio, pytest.mark.system]
_TOKENS = 24
_FORGED = encode(Look(topic="forged"), News)
_NOT_ALLOWED = 0x87
_NOBODY = 0x10
"""Nobody listens (MQTT 5 section 2.4)."""


@attrs.frozen(kw_only=True)
class Place:
    """A served hub with its broker; enrolment tokens to use, and one of the API."""

    hub: ServedHub
    broker: Mosquitto
    tokens: list[str]
    api_token: str

    async def switch(self, verdict: str) -> None:
        """Moves a switch of policy, of which all agents of the tenant are told."""
        await self.api("PUT", "policy/switches/discovery.wsd", json={"verdict": verdict})

    async def api(self, method: str, path: str, **rest: object) -> None:
        """Asks the API."""
        async with httpx.AsyncClient(base_url=self.hub.url, timeout=60) as client:
            headers = {"Authorization": f"Bearer {self.api_token}"}
            answer = await client.request(method, f"/api/v1/{path}", headers=headers, **rest)  # type: ignore[arg-type]
            assert answer.status_code < 300, answer.text

    @property
    def secrets(self) -> FileSecrets:
        """The hub's."""
        return FileSecrets(Home(self.hub.home).secrets)


async def furnished(home: Path) -> tuple[list[str], str]:
    async with hub(Home(home)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        ada = await services.people.add(
            tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.ADMINISTRATOR, password=PASSWORD
        )
        tokens = [await services.agents.make_token(tenant, CONSOLE) for _ in range(_TOKENS)]
        life = dt.timedelta(days=1)
        api, _ = await services.api_tokens.make(tenant, ada.actor, name="t", role=Role.ADMINISTRATOR, validity=life)
        return tokens, api


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all of these tests: each brings agents of its own, and puts back what it stops."""
    folder = tmp_path_factory.mktemp("mqtt")
    home = folder / "home"
    tokens, api_token = asyncio.run(furnished(home))
    with mosquitto(home, folder / "broker", free_port()) as broker, served(home, "--mqtt", broker.url) as running:
        yield Place(hub=running, broker=broker, tokens=tokens, api_token=api_token)


async def test_a_notice_comes_through_the_broker(place: Place) -> None:
    async with listening(place.hub.url, place.tokens.pop()) as one:
        assert one.heard == [""], "look at everything: the way is open"
        await place.switch("off")
        await until(lambda: one.heard == ["", "desired"])
        assert "too" in one.host.noted
        assert one.host.uses == 1


async def test_a_broker_that_is_killed_is_found_again(place: Place) -> None:
    async with listening(place.hub.url, place.tokens.pop()) as one:
        place.broker.kill9()
        try:
            await until(lambda: one.heard == ["", "end"])
            await until(lambda: "over HTTPS meanwhile" in one.host.noted)
        finally:
            place.broker.start()
        await until(lambda: one.heard == ["", "end", ""], lambda: one.host.noted)
        await place.switch("on")
        await until(lambda: one.heard == ["", "end", "", "desired"])


async def test_a_revoked_agent_is_answered_no_more_and_finds_its_path_dead(place: Place) -> None:
    async with listening(place.hub.url, place.tokens.pop(), attrs.evolve(QUICK, echo_wait_s=0.5)) as one:
        await place.api("POST", f"agents/{one.agent}/revoke")
        await until(lambda: one.heard == ["", "end"], lambda: one.heard)
        await until(lambda: "nothing came back" in one.host.noted, lambda: one.host.noted)


async def test_a_revoked_agent_is_shut_out_and_what_it_has_open_is_deaf(place: Place, pair: Pair) -> None:
    async with intruder(place.broker.port, pair.own) as open_still, as_hub(place) as hub_itself:
        await open_still.subscribe(look(pair.one))
        await place.api("POST", f"agents/{pair.one.agent}/revoke")
        assert "shut out: " in await trio.to_thread.run_sync(place.broker.configure)
        place.broker.reload()
        await until_deaf(hub_itself, open_still, pair)
    with pytest.raises((ConnectionError, ssl.SSLError)), trio.fail_after(20):
        while True:  # the broker reads its files when it gets to it
            async with intruder(place.broker.port, pair.own):
                await trio.sleep(0.05)


async def test_a_forged_notice_on_anothers_topic_is_refused_by_the_broker(place: Place, pair: Pair) -> None:
    one, two = pair.one, pair.two
    async with intruder(place.broker.port, pair.own) as evil:
        for topic in (look(two), look(one), ping(two), "other", "$SYS/broker/uptime"):
            assert await evil.publish(topic, _FORGED) == _NOT_ALLOWED, topic
        assert await evil.publish(ping(one), b"{}") in (0, _NOBODY)
    await place.switch("off")
    await until(lambda: two.heard[-1] == "desired")
    assert "forged" not in two.heard


async def test_what_is_said_to_others_is_not_heard(place: Place, pair: Pair) -> None:
    one, two = pair.one, pair.two
    async with intruder(place.broker.port, pair.own) as evil:
        for topic in ("#", "tympan/#", "+/+/look", look(two), ping(two), "$share/tympan-hub/tympan/+/ping"):
            await evil.subscribe(topic)
        before = len(two.heard)
        await place.switch("on")
        await until(lambda: len(two.heard) > before and evil.heard)
        assert {topic for topic, _ in evil.heard} == {look(one)}, "its own alone"


async def test_nobody_takes_anothers_session(place: Place, pair: Pair) -> None:
    two = pair.two
    async with intruder(place.broker.port, pair.own, name=two.agent, user=two.agent) as evil:
        assert await evil.publish(look(two), _FORGED) == _NOT_ALLOWED
    async with intruder(place.broker.port, pair.own, name="hub-00", user="hub-00") as evil:
        assert await evil.publish(look(two), _FORGED) == _NOT_ALLOWED
    await place.switch("off")
    await until(lambda: two.heard[-1] == "desired")
    assert two.heard == ["", "desired"], "its session was never broken"


async def test_without_a_certificate_of_this_hub_nobody_comes_in(place: Place) -> None:
    trusted = place.secrets.authority(SystemClock().now())
    nobody = ssl.create_default_context(cadata=trusted)
    stranger = ssl.create_default_context(cadata=trusted)
    trustme.CA().issue_cert("0" * 32).configure_cert(stranger)
    for context in (nobody, stranger):
        with pytest.raises((ConnectionError, ssl.SSLError)):
            async with intruder(place.broker.port, context):
                pass


async def test_an_agents_certificate_never_passes_for_the_brokers(place: Place, pair: Pair) -> None:
    posing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    standing = pair.two.parts.membership.standing
    file = place.broker.folder.with_name("posing.pem")
    file.write_bytes(standing.enrolment.enrolled.certificate.encode() + standing.key.sealed_pem(b"x"))
    posing.load_cert_chain(file, password="x")
    serving = functools.partial(trio.serve_ssl_over_tcp, _nothing, 0, posing, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        [opened] = await nursery.start(serving)
        port = opened.transport_listener.socket.getsockname()[1]
        with pytest.raises(ssl.SSLError, match="certificate"):
            async with intruder(port, pair.own):
                pass
        nursery.cancel_scope.cancel()


@attrs.frozen(kw_only=True)
class Pair:
    """Two agents of one tenant: one whose certificate somebody stole, and one that listens."""

    one: Listening
    two: Listening
    own: ssl.SSLContext


@pytest.fixture
async def pair(place: Place) -> AsyncIterator[Pair]:
    url, tokens = place.hub.url, place.tokens
    async with enrolled(url, tokens.pop()) as one, listening(url, tokens.pop()) as two:
        yield Pair(one=one, two=two, own=await one.context())


async def _nothing(stream: trio.SSLStream[trio.SocketStream]) -> None:
    with contextlib.suppress(trio.BrokenResourceError):
        await stream.receive_some(1)


def look(one: Listening) -> str:
    return f"tympan/{one.agent}/look"


def ping(one: Listening) -> str:
    return f"tympan/{one.agent}/ping"


def as_hub(place: Place) -> AbstractAsyncContextManager[Intruder]:
    """The hub itself, as one more of its processes."""
    now = SystemClock().now()
    context = place.secrets.authorities.hub_context("hub-ff", place.secrets.authority(now), now)
    return intruder(place.broker.port, context)


def _more(heard: list[str], than: int) -> bool:
    return len(heard) > than


async def until_deaf(hub_itself: Intruder, revoked: Intruder, pair: Pair) -> None:
    """Says something to both until only one hears it: the broker reads its files when it gets to it."""
    with trio.fail_after(20):
        while True:
            heard, told = len(revoked.heard), len(pair.two.heard)
            await hub_itself.publish(look(pair.one), _FORGED)
            await hub_itself.publish(look(pair.two), _FORGED)
            await until(functools.partial(_more, pair.two.heard, told))
            await revoked.subscribe("tympan/nothing")  # what was said before its answer has come before it
            if len(revoked.heard) == heard:
                return
