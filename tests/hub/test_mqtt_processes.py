"""Several processes of one hub at a broker: they do not end each other's sessions for long, and share what comes."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import attrs
import pytest
from mqtt_rig import mosquitto
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from rig import free_port

from tympan_hub.adapters import mqtt
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.mqtt import MqttPublisher
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.home import Home
from tympan_hub.domain.brokers import BrokerPlace, look_topic, ping_topic
from tympan_hub.domain.ids import AgentId

pytestmark = [pytest.mark.anyio, pytest.mark.system]
AGENT = AgentId("a" * 32)
PINGS = 40


@attrs.define
class Site:
    """Two processes' publishers, what came to each, and how a client shows itself."""

    port: int
    context: Callable[[str], ssl.SSLContext]
    publishers: list[MqttPublisher]
    arrived: list[list[bytes]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[Site]:
    monkeypatch.setattr(mqtt, "HUB_NAMES", ("hub-00", "hub-01"))
    monkeypatch.setattr(mqtt, "BROKER_AGAIN_S", (0.02, 0.2))
    home = tmp_path / "home"
    with mosquitto(home, tmp_path / "broker", free_port()) as broker:
        authorities = FileSecrets(Home(home).secrets).authorities

        def context(name: str) -> ssl.SSLContext:
            now = SystemClock().now()
            return authorities.hub_context(name, authorities.own(now), now)

        place = BrokerPlace(host="localhost", port=broker.port)
        made = Site(broker.port, context, [MqttPublisher(place, context) for _ in range(2)], [[], []])
        for publisher, arrived in zip(made.publishers, made.arrived, strict=True):
            publisher.listen(lambda _, payload, arrived=arrived: arrived.append(payload))  # type: ignore[misc]
        # aiomqtt forgets why a broker hung up on it while it was still connecting, and asyncio complains of that alone.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        tasks = [asyncio.create_task(publisher.run()) for publisher in made.publishers]
        yield made
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def settled(site: Site) -> None:
    """Both are there, under names of their own: neither ends the other any more."""
    calm = 0
    async with asyncio.timeout(30):
        while calm < 20:
            calm = calm + 1 if all(publisher.connected for publisher in site.publishers) else 0
            await asyncio.sleep(0.01)


async def test_two_processes_find_names_of_their_own_and_each_ping_comes_to_one(site: Site) -> None:
    heard: set[bytes] = set()
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, AGENT, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(site.context(AGENT))
    client.on_message = lambda _, __, message: heard.add(bytes(message.payload))
    client.on_subscribe = lambda *_: subscribed.set()
    await settled(site)
    await asyncio.to_thread(client.connect, "localhost", site.port)
    client.loop_start()
    try:
        client.subscribe(look_topic(AGENT))
        assert await asyncio.to_thread(subscribed.wait, 20)
        for number in range(PINGS):
            client.publish(ping_topic(AGENT), str(number).encode())
        await until(lambda: sum(map(len, site.arrived)) >= PINGS)
        came = sorted(payload for arrived in site.arrived for payload in arrived)
        assert came == sorted(str(number).encode() for number in range(PINGS)), "each once"
        for number, publisher in enumerate(site.publishers):
            publisher.publish(look_topic(AGENT), b"from %d" % number)
        await until(lambda: heard == {b"from 0", b"from 1"})
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


async def test_what_there_is_no_broker_for_is_not_kept_for_later() -> None:
    away = MqttPublisher(BrokerPlace(host="localhost", port=1), lambda _: ssl.create_default_context())
    for _ in range(100):
        away.publish(look_topic(AGENT), b"stale")
    assert away._waiting.empty()
    assert not away.connected
