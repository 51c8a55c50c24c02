"""One end of the benchmark of MQTT: FOLDER PORT say|hear paho|session|publisher MESSAGES.

Who hears says "ready", then how many seconds passed between the first message and the last.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import trio
from bench_mqtt import context
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tympan_hub.adapters.mqtt import MqttPublisher
from tympan_hub.domain.brokers import BrokerPlace
from tympan_transport_mqtt._session import MqttSession
from tympan_wire.hub import Broker, Look, News, decode, encode

CONNECTED_S = 20.0
"""To be let in by a broker on this machine: TLS and a subscription, with other processes on the same processors."""

SAID_S = 60.0
"""For all messages to go by, after which whoever still waits is not ended by anybody."""

AGENT = "a" * 32
LOOK, PING = f"tympan/{AGENT}/look", f"tympan/{AGENT}/ping"
NOTICE = encode(Look(topic="releases"), News)


class Count:
    """Counts what comes, and says in the end how long it took."""

    def __init__(self, messages: int) -> None:
        self._left = messages
        self._began = 0.0
        self.done = threading.Event()

    def one(self, payload: bytes) -> None:
        """One more."""
        decode(News, payload)  # type: ignore[arg-type]  # a union is no class, and cattrs takes it
        self._began = self._began or time.perf_counter()
        self._left -= 1
        if self._left == 0:
            print(time.perf_counter() - self._began, flush=True)
            self.done.set()


def _within(event: threading.Event, seconds: float) -> None:
    if not event.wait(seconds):
        raise TimeoutError(f"nothing within {seconds:g} s")


def _paho(folder: str, port: int, name: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context(folder, name))
    client.connect("localhost", port)
    return client


def hear_paho(folder: str, port: int, messages: int) -> None:
    """Bare paho, in its own loop."""
    client, count, subscribed = _paho(folder, port, AGENT), Count(messages), threading.Event()
    client.on_message = lambda _, __, message: count.one(bytes(message.payload))
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_connect = lambda client, *_: client.subscribe(LOOK) and None
    client.loop_start()
    _within(subscribed, CONNECTED_S)
    print("ready", flush=True)
    _within(count.done, SAID_S)


def hear_session(folder: str, port: int, messages: int) -> None:
    """The agent's session."""

    async def hear() -> None:
        count, place = Count(messages), Broker(host="localhost", port=port, look=LOOK, ping=PING)
        session = MqttSession(AGENT, place, context(folder, AGENT), count.one)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.run)
            with trio.fail_after(CONNECTED_S):
                await session.subscribed.wait()
            print("ready", flush=True)
            with trio.fail_after(SAID_S):
                while not count.done.is_set():  # noqa: ASYNC110 - who counts knows no loop
                    await trio.sleep(0.01)
            nursery.cancel_scope.cancel()

    trio.run(hear)


def say_paho(folder: str, port: int, messages: int) -> None:
    """Bare paho, in its own loop."""
    client = _paho(folder, port, "hub-00")
    client.loop_start()
    deadline = time.monotonic() + CONNECTED_S
    while not client.is_connected():
        if time.monotonic() > deadline:
            raise TimeoutError("no connection to the broker")
        time.sleep(0.001)
    for _ in range(messages):
        client.publish(LOOK, NOTICE)
    time.sleep(SAID_S)


def say_publisher(folder: str, port: int, messages: int) -> None:
    """The hub's publisher."""

    async def say() -> None:
        made = MqttPublisher(BrokerPlace(host="localhost", port=port), lambda name: context(folder, name))
        keeping = asyncio.create_task(made.run())
        async with asyncio.timeout(CONNECTED_S):
            while not made.connected:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.001)
        for _ in range(messages):
            made.publish(LOOK, NOTICE)
        async with asyncio.timeout(SAID_S):
            await keeping

    asyncio.run(say())


WAYS = {
    ("hear", "paho"): hear_paho,
    ("hear", "session"): hear_session,
    ("say", "paho"): say_paho,
    ("say", "publisher"): say_publisher,
}

if __name__ == "__main__":
    _, given, at, does, how, number = sys.argv
    WAYS[does, how](given, int(at), int(number))
