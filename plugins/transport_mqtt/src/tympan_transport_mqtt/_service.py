"""The service: asks the hub for its broker, keeps a session there, and proves it alive by echoes of the hub.

- HTTPS alone is enough: whatever fails here, the plugin waits and tries again, and says so.
- Alive means that the hub's answer to a ping came back on the agent's topic: broker and hub both carry on.
- The first echo opens the way: whoever listens hears "look at everything", and an end when it breaks.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable

import attrs
import trio

from tympan.plugin import Host, Member, PortsChanged, Retry, TympanError
from tympan_transport_mqtt._errors import BrokerSilent, first_of
from tympan_transport_mqtt._limits import BROKER_S, NO_BROKER_S, PINGS
from tympan_transport_mqtt._model import MqttSettings, Way
from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._rules import checked
from tympan_transport_mqtt._standing import Standing
from tympan_wire.hub import (
    Broker,
    BrokerRequest,
    Echo,
    EchoRequest,
    HubMessageError,
    Look,
    News,
    Operation,
    decode,
    encode,
)

_EVERYTHING = ""
"""The topic of a notice that is about nothing in particular."""


_Publish = Callable[[str, bytes], None]


@attrs.define(eq=False)
class _Path:
    """A session as it is proved: the echo that is waited for."""

    nonce: str = ""
    echoed: trio.Event = attrs.field(factory=trio.Event)
    open: bool = False


class MqttService:
    """Keeps the way through the broker. Owns: the session."""

    def __init__(self, notices: MqttNotices, standing: Standing | None = None) -> None:
        self._notices = notices
        self._standing = standing or Standing()
        self._settings = MqttSettings()
        self._random = random.SystemRandom()
        self._failures = 0

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        self._settings, self._failures = MqttSettings.of(host.settings), 0
        host.ready()
        with host.bus.subscribe(PortsChanged, size=1) as changes:
            while True:
                way = Way.of(host)
                if way is None:
                    self._standing.hub = False
                    host.note("no plugin that leads to a hub runs")
                    await changes.receive()
                    continue
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._through, host, way)
                    while way == Way.of(host):
                        await changes.receive()
                    nursery.cancel_scope.cancel()

    async def _through(self, host: Host, way: Way) -> None:
        while True:
            member = way.membership.member
            self._standing.hub, self._standing.asked, self._standing.place = member is not None, False, ""
            if member is None:
                host.note("not enrolled: there is no hub to hear of")
                await way.membership.wait_changed()
                continue
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._belong, host, way, member)
                while way.belongs(member):
                    await way.membership.wait_changed()
                nursery.cancel_scope.cancel()

    async def _belong(self, host: Host, way: Way, member: Member) -> None:
        while True:
            broker = await self._broker(host, way)
            until = trio.current_time() + BROKER_S
            while trio.current_time() < until:
                await self._once(host, way, member, broker)
                await self._rest()

    async def _broker(self, host: Host, way: Way) -> Broker:
        """The hub's broker, as soon as there is one."""
        while True:
            try:
                broker = checked(decode(Broker, await way.hub.request(Operation.BROKER, encode(BrokerRequest()))))
            except (TympanError, HubMessageError) as error:
                again = isinstance(error, TympanError) and error.retry is not Retry.NEVER
                self._standing.trouble = f"it is not known whether the hub has a broker: {error}"
                host.note(self._standing.trouble)
                await self._rest(0.0 if again else NO_BROKER_S)
                continue
            self._standing.asked = True
            self._standing.place = f"{broker.host}:{broker.port}" if broker.host else ""
            if broker.host:
                return broker
            host.note("the hub names no broker: notices come over HTTPS alone")
            await trio.sleep(self._random.uniform(NO_BROKER_S / 2, NO_BROKER_S))

    async def _once(self, host: Host, way: Way, member: Member, broker: Broker) -> None:
        from tympan_transport_mqtt._session import MqttSession  # paho-mqtt, only where there is a broker

        path = _Path()
        try:
            context = await way.identity.client_context(broker.authority.encode())
            session = MqttSession(member.agent, broker, context, lambda payload: self._hear(host, path, payload))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(session.run)
                await session.subscribed.wait()
                await self._prove(host, path, broker, session.publish)
        except* TympanError as group:
            trouble = first_of(group)
            self._standing.broke(trouble.cause)
            host.note(trouble.sentence)
        finally:
            self._standing.broke()
            if path.open:
                self._notices.end()

    async def _prove(self, host: Host, path: _Path, broker: Broker, publish: _Publish) -> None:
        settings = self._settings
        while True:
            path.nonce, path.echoed = secrets.token_hex(8), trio.Event()
            ping, began = encode(EchoRequest(stream="", nonce=path.nonce)), trio.current_time()
            with trio.move_on_after(settings.echo_wait_s):
                while not path.echoed.is_set():  # one may be lost, as when the hub comes back to the broker later
                    publish(broker.ping, ping)
                    with trio.move_on_after(settings.echo_wait_s / PINGS):
                        await path.echoed.wait()
            if not path.echoed.is_set():
                raise BrokerSilent(f"{broker.host}:{broker.port}", settings.echo_wait_s)
            self._standing.proved(trio.current_time() - began)
            if not path.open:
                path.open, self._failures = True, 0
                host.note(f"notices come through the broker at {broker.host}:{broker.port} too")
                self._notices.tell(_EVERYTHING)
            await self._standing.rest(settings.echo_interval_s)

    def _hear(self, host: Host, path: _Path, payload: bytes) -> None:
        try:
            news: News = decode(News, payload)  # type: ignore[arg-type]  # a union is no class, and cattrs takes it
        except HubMessageError as error:
            host.log("passed over what came through the broker", error=str(error)[:300])
            return
        if isinstance(news, Echo) and news.nonce == path.nonce:
            path.echoed.set()
        elif isinstance(news, Look):
            host.used()
            self._notices.tell(news.topic)

    async def _rest(self, least_s: float = 0.0) -> None:
        bound_s = min(self._settings.retry_first_s * 2 ** min(self._failures, 20), self._settings.retry_last_s)
        self._failures += 1
        await trio.sleep(max(least_s, self._random.uniform(0, bound_s)))
