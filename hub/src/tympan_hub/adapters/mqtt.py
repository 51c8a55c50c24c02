"""A connection to the broker: kept for ever, with what waits for it bounded.

- QoS 0, no session at the broker: a notice that is late is of no use, and one that is lost costs time, never truth.
- Each process has a name of its own there; one that was taken gives way to another, by chance.
"""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import Callable
from typing import Final

import aiomqtt

from tympan_hub.domain.brokers import HUB_NAMES, PINGS_SHARED, BrokerPlace
from tympan_hub.domain.limits.brokers import BROKER_AGAIN_S, BROKER_ARRIVALS, BROKER_QUEUE
from tympan_hub.ports.publisher import Arrived

_log: Final = logging.getLogger("tympan_hub")
_KEEP_ALIVE_S: Final = 30
_ANSWER_S: Final = 10.0
_GOODBYE_S: Final = 1.0
_quiet: Final = logging.getLogger("tympan_hub.mqtt")
_quiet.setLevel(logging.CRITICAL)


class MqttPublisher:
    """``Publisher``.

    Args:
        place: Of the broker.
        context: A TLS context that shows a certificate of the hub under a name.
    """

    def __init__(self, place: BrokerPlace, context: Callable[[str], ssl.SSLContext]) -> None:
        self._place = place
        self._context = context
        self._arrived: list[Arrived] = []
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(BROKER_QUEUE)
        self._random = secrets.SystemRandom()
        self._connected = False

    @property
    def connected(self) -> bool:
        """As the port says."""
        return self._connected

    def publish(self, topic: str, payload: bytes) -> None:
        """As the port says."""
        if self.connected:
            with contextlib.suppress(asyncio.QueueFull):
                self._waiting.put_nowait((topic, payload))

    def listen(self, arrived: Arrived) -> None:
        """As the port says."""
        self._arrived.append(arrived)

    async def run(self) -> None:
        """Keeps the connection, until cancelled."""
        wait_s, last_s = BROKER_AGAIN_S
        while True:
            try:
                await self._once()
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                _log.warning("the broker at %s:%d is away: %s", self._place.host, self._place.port, error)
            if self._connected:
                self._connected, wait_s = False, BROKER_AGAIN_S[0]
            await asyncio.sleep(self._random.uniform(wait_s / 2, wait_s))
            wait_s = min(2 * wait_s, last_s)

    async def _once(self) -> None:
        name = self._random.choice(HUB_NAMES)
        client = aiomqtt.Client(
            self._place.host,
            self._place.port,
            identifier=name,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            keepalive=_KEEP_ALIVE_S,
            timeout=_ANSWER_S,
            tls_context=await asyncio.to_thread(self._context, name),
            max_queued_incoming_messages=BROKER_ARRIVALS,
            logger=_quiet,
        )
        async with client:
            hearing = asyncio.create_task(self._hear(client))
            try:
                await client.subscribe(PINGS_SHARED)
                await self._through(client, hearing)
            except aiomqtt.MqttError:
                await asyncio.wait([hearing], timeout=_GOODBYE_S)  # it hears why the broker hung up
                raise
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def _through(self, client: aiomqtt.Client, hearing: "asyncio.Task[None]") -> None:
        """Until the connection breaks."""
        while not self._waiting.empty():
            self._waiting.get_nowait()  # what waited for the connection before is stale
        self._connected = True
        _log.info("notices also go through the broker at %s:%d", self._place.host, self._place.port)
        saying = asyncio.create_task(self._say(client))
        try:
            done, _ = await asyncio.wait([hearing, saying], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    async def _hear(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            for arrived in self._arrived:
                arrived(message.topic.value, bytes(message.payload))

    async def _say(self, client: aiomqtt.Client) -> None:
        while True:
            topic, payload = await self._waiting.get()
            await client.publish(topic, payload)
