"""One session at a broker: paho-mqtt with trio as its loop, from CONNECT until it breaks.

- A session leaves nothing at the broker: what it misses is no truth, and whoever returns looks at everything.
- Names, TCP and TLS block, so they have a thread; all else runs in trio. Only one task reads, and only one writes.
- What is not said on the agent's own topic, or cannot be understood, is passed over: it changes nothing.
- A packet that is too long, or that nobody asked for, ends the session before it is read (`_gauge`).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, NoReturn

import trio
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY, Client, MQTTMessage, error_string
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tympan_transport_mqtt._errors import BrokerAway, BrokerRefused, MqttError
from tympan_transport_mqtt._gauge import gauged
from tympan_transport_mqtt._limits import CONNECT_S, KEEP_ALIVE_S, PACKET_BYTES, TEND_S
from tympan_wire.hub import Broker

_WELL = MQTTErrorCode.MQTT_ERR_SUCCESS


class MqttSession:
    """A session. Owns: its socket, while ``run`` runs.

    Args:
        agent: The agent's id, which is its name at the broker too.
        broker: Where, and on which topics.
        context: Shows the agent's certificate; of this session alone.
        heard: Told what is said on the agent's topic.
    """

    def __init__(self, agent: str, broker: Broker, context: ssl.SSLContext, heard: Callable[[bytes], None]) -> None:
        self._broker = broker
        self._heard = heard
        self._place = f"{broker.host}:{broker.port}"
        self._refused: MqttError | None = None
        self._writable = trio.Event()
        self.subscribed = trio.Event()
        client = Client(
            CallbackAPIVersion.VERSION2,
            agent,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=False,
        )
        context.sslsocket_class = gauged(PACKET_BYTES, self._refuses)
        client.tls_set_context(context)
        client.connect_timeout = CONNECT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_register_write = self._wants_to_write
        self._client = client
        self._up = self._gone = False

    async def run(self) -> None:
        """Until cancelled.

        Raises:
            MqttError: The broker cannot be reached, does not take this agent, or the session broke; in a group, too.
        """
        try:
            await self._connect()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                nursery.start_soon(self._tend)
                nursery.start_soon(self._take_in)
                await self._read()
        finally:
            self._close()

    def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message at once, or as soon as there is room; a session that broke says so by itself."""
        self._client.publish(topic, payload, qos=0)

    async def _connect(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = PACKET_BYTES
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            KEEP_ALIVE_S,
            clean_start=MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        with trio.move_on_after(CONNECT_S):
            try:
                await trio.to_thread.run_sync(self._dial, abandon_on_cancel=True)
            except (OSError, ValueError) as error:  # ValueError: TLS refuses a name that is none
                raise self._broken(str(error) or type(error).__name__) from error
            self._up = True
            return
        raise self._broken(f"no connection within {CONNECT_S:g} s")

    def _dial(self) -> None:
        self._client.reconnect()
        if self._gone:  # nobody waits any more: it must not end a later session of the same name
            self._hang_up()

    async def _read(self) -> NoReturn:
        while True:
            sock = self._socket()
            if sock.pending():  # decrypted already: the kernel would not tell of it
                await trio.lowlevel.checkpoint()
            else:
                await trio.lowlevel.wait_readable(sock)
            self._check(self._client.loop_read())

    async def _write(self) -> NoReturn:
        while True:
            if not self._client.want_write():
                self._writable = trio.Event()
                if not self._client.want_write():
                    await self._writable.wait()
            await trio.lowlevel.wait_writable(self._socket())
            self._check(self._client.loop_write())

    async def _tend(self) -> NoReturn:
        while True:
            self._check(self._client.loop_misc())
            await trio.sleep(TEND_S)

    async def _take_in(self) -> None:
        with trio.move_on_after(CONNECT_S):
            await self.subscribed.wait()
        if not self.subscribed.is_set():
            raise self._broken(f"it did not let this agent in within {CONNECT_S:g} s")

    def _socket(self) -> Any:
        sock = self._client.socket()
        if sock is None:
            raise self._broken("it hung up")
        return sock

    def _check(self, code: MQTTErrorCode) -> None:
        if self._refused is not None:
            raise self._refused
        if code is not _WELL:
            raise self._broken(error_string(code).rstrip("."))

    def _refuses(self, why: str) -> None:
        self._refused = self._broken(why)

    def _wants_to_write(self, *_: object) -> None:
        if self._up:  # not in the thread that connects
            self._writable.set()

    def _on_connect(self, client: Client, _: object, __: object, code: ReasonCode, ___: object) -> None:
        if code.is_failure:
            self._refused = BrokerRefused(self._place, str(code))
        else:
            client.subscribe(self._broker.look, qos=0)

    def _on_subscribe(self, _: Client, __: object, ___: int, codes: list[ReasonCode], ____: object) -> None:
        failed = [code for code in codes if code.is_failure]
        if failed:
            self._refused = BrokerRefused(self._place, str(failed[0]))
        else:
            self.subscribed.set()

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        if _topic(message) == self._broker.look:
            self._heard(bytes(message.payload))

    def _broken(self, why: str) -> BrokerAway:
        return BrokerAway(self._place, why)

    def _close(self) -> None:
        self._up, self._gone = False, True
        self._hang_up()

    def _hang_up(self) -> None:
        sock = self._client.socket()
        self._client.disconnect()  # says goodbye without waiting
        if sock is not None:
            sock.close()


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""
