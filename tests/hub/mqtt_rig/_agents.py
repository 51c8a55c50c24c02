"""Agents' own plugins in this process: enrolled at the served hub over HTTPS, hearing through the broker alone."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio
from https_rig import Parts, parts

from tympan.testing import FakeHost
from tympan_transport_https._identity import AgentIdentity
from tympan_transport_mqtt._model import MqttSettings
from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._service import MqttService
from tympan_wire.hub import Broker, BrokerRequest, Operation, decode, encode

QUICK = MqttSettings(echo_interval_s=0.3, echo_wait_s=5.0, retry_first_s=0.05, retry_last_s=0.2)


@attrs.define(eq=False)
class Listening:
    """An agent that hears.

    Attributes:
        parts: Its link over HTTPS.
        host: That of its MQTT plugin.
        heard: Topics of notices, and "end" when the way broke.
    """

    parts: Parts
    host: FakeHost
    heard: list[str] = attrs.field(factory=list)

    @property
    def agent(self) -> str:
        """Its id."""
        member = self.parts.membership.member
        assert member is not None
        return member.agent

    @property
    def identity(self) -> AgentIdentity:
        """What it proves itself with."""
        return AgentIdentity(self.parts.membership)

    async def context(self) -> ssl.SSLContext:
        """What it shows the broker, as in the hands of whoever stole its machine."""
        broker = decode(Broker, await self.parts.link.request(Operation.BROKER, encode(BrokerRequest())))
        return await self.identity.client_context(broker.authority.encode())


@asynccontextmanager
async def listening(url: str, token: str, settings: MqttSettings = QUICK) -> AsyncIterator[Listening]:
    """An agent that is enrolled with a token, and whose way through the broker is open."""
    async with parts() as made, trio.open_nursery() as nursery:
        await made.membership.join(url, token)
        ports = (made.link, made.membership, AgentIdentity(made.membership))
        host = FakeHost("transport_mqtt", settings=attrs.asdict(settings), ports=ports)
        one, notices = Listening(made, host), MqttNotices()
        nursery.start_soon(_keep, notices, one.heard)
        nursery.start_soon(MqttService(notices).run, host)
        await until(lambda: one.heard, lambda: host.noted)
        yield one
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def enrolled(url: str, token: str) -> AsyncIterator[Listening]:
    """An agent that is enrolled and hears nothing: whoever has its certificate may be it at the broker."""
    async with parts() as made:
        await made.membership.join(url, token)
        yield Listening(made, FakeHost("transport_mqtt"))


async def _keep(notices: MqttNotices, heard: list[str]) -> None:
    while True:
        async for notice in notices.notices():
            heard.append(notice.topic)  # noqa: PERF401 - one by one: a test looks meanwhile
        heard.append("end")


async def until(condition: Callable[[], object], told: Callable[[], object] = lambda: "") -> None:
    """Waits for it."""
    with trio.move_on_after(30):
        while not condition():
            await trio.sleep(0.01)
        return
    raise AssertionError(f"it did not come to that: {told()}")
