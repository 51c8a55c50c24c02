"""A client of its own at the broker, with a certificate and anything else it likes."""

from __future__ import annotations

import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

_WAIT_S = 20.0


@attrs.define(eq=False)
class Intruder:
    """A connected client.

    Attributes:
        client: paho's.
        heard: Topics and payloads of what came.
        ended: Set when the broker hung up.
    """

    client: Client
    heard: list[tuple[str, bytes]] = attrs.field(factory=list)
    ended: threading.Event = attrs.field(factory=threading.Event)
    _codes: dict[int, Any] = attrs.field(factory=dict)
    _told: threading.Event = attrs.field(factory=threading.Event)

    async def publish(self, topic: str, payload: bytes) -> int:
        """Says something, and gives the broker's reason code for it (MQTT 5 section 3.4.2.1)."""
        return await self._answered(lambda: self.client.publish(topic, payload, qos=1).mid)

    async def subscribe(self, topic: str) -> int:
        """Wants to hear something."""
        return await self._answered(lambda: self.client.subscribe(topic, qos=1)[1] or 0)

    async def _answered(self, ask: Any) -> int:
        number = ask()

        def wait() -> int:
            while number not in self._codes:
                assert self._told.wait(_WAIT_S), "the broker did not answer"
                self._told.clear()
            return int(self._codes[number].value)

        return await trio.to_thread.run_sync(wait)

    def answered(self, number: int, code: Any) -> None:
        """The broker's word on a message of ours."""
        self._codes[number] = code
        self._told.set()


def _set(*events: threading.Event) -> None:
    for event in events:
        event.set()


@asynccontextmanager
async def intruder(
    port: int, context: ssl.SSLContext, *, name: str = "intruder", user: str = "", host: str = "localhost"
) -> AsyncIterator[Intruder]:
    """One that is connected; raises ``ConnectionRefusedError`` where the broker says no, ``ssl.SSLError`` for TLS's."""
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False)
    made, answered, codes = Intruder(client), threading.Event(), []
    client.tls_set_context(context)
    if user:
        client.username_pw_set(user)
    client.on_message = lambda _, __, message: made.heard.append((message.topic, bytes(message.payload)))
    client.on_publish = lambda _, __, number, code, ___: made.answered(number, code)
    client.on_subscribe = lambda _, __, number, given, ___: made.answered(number, given[0])
    client.on_disconnect = lambda *_: _set(made.ended, answered)

    def connected(_: object, __: object, ___: object, code: Any, ____: object) -> None:
        codes.append(code)
        answered.set()

    client.on_connect = connected
    await trio.to_thread.run_sync(client.connect, host, port)
    client.loop_start()
    try:
        assert await trio.to_thread.run_sync(answered.wait, _WAIT_S)
        if not codes or codes[0].is_failure:
            raise ConnectionRefusedError(str(codes))
        yield made
    finally:
        client.disconnect()
        await trio.to_thread.run_sync(client.loop_stop)
