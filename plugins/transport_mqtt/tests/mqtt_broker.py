"""A Mosquitto of the tests' own, and what stands in for the hub behind it: it answers pings."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio
import trustme
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tympan.plugin import Member, TympanError
from tympan.testing import FakeHost, FakeMembership
from tympan_transport_mqtt._model import MqttSettings
from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._service import MqttService
from tympan_transport_mqtt._standing import Standing
from tympan_wire.hub import Broker, Echo, EchoRequest, Look, News, decode, encode

QUICK = MqttSettings(echo_interval_s=0.1, echo_wait_s=10.0, retry_first_s=0.02, retry_last_s=0.1)
"""A living path outlasts whatever stall of a busy machine; only a test about silence waits less for an echo."""
_CONF = """\
user root
listener {port} 127.0.0.1
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
require_certificate true
use_identity_as_username true
allow_anonymous false
persistence false
"""


@attrs.define(kw_only=True)
class SmallBroker:
    """The broker's process."""

    folder: Path
    port: int
    authority: trustme.CA
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it; returns when it listens."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        log = self.folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen([program, "-c", str(self.folder / "conf")], stdout=out, stderr=out)
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)

    def kill(self) -> None:
        """Ends it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def context(self, name: str) -> ssl.SSLContext:
        """What a client of this name shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.authority.cert_pem.bytes().decode())
        self.authority.issue_cert(common_name=name).configure_cert(context)
        return context

    def place(self, agent: str) -> Broker:
        """As the hub tells an agent."""
        authority = self.authority.cert_pem.bytes().decode()
        look, ping = f"tympan/{agent}/look", f"tympan/{agent}/ping"
        return Broker(host="localhost", port=self.port, authority=authority, look=look, ping=ping)


@contextlib.contextmanager
def small_broker(folder: Path) -> Iterator[SmallBroker]:
    """One that runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = SmallBroker(folder=folder, port=port, authority=trustme.CA())
    made.authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    shown = made.authority.issue_cert("localhost")
    shown.private_key_pem.write_to_path(str(folder / "broker.key"))
    (folder / "broker.pem").write_bytes(b"".join(part.bytes() for part in shown.cert_chain_pems))
    conf = _CONF if os.getuid() == 0 else _CONF.removeprefix("user root\n")
    (folder / "conf").write_text(conf.format(port=port, folder=folder))
    made.start()
    try:
        yield made
    finally:
        made.kill()


@attrs.define(eq=False)
class HubBehind:
    """The hub's end: a link that names the broker, an identity, and a client that answers pings.

    Attributes:
        broker: The broker's process.
        agent: Whose end it is.
        named: What the hub names; the broker when None.
        trouble: Raised in place of an answer.
        asked: Questions for the broker.
        pings: Pings that came.
        silent: Pings are not answered.
        distrusts: The agent trusts another authority.
        client: paho's.
    """

    broker: SmallBroker
    agent: str
    named: Broker | None = None
    trouble: TympanError | None = None
    asked: int = 0
    pings: int = 0
    silent: bool = False
    distrusts: bool = False
    client: Client | None = None

    async def request(self, operation: str, payload: bytes) -> bytes:
        """``HubLink``."""
        await trio.lowlevel.checkpoint()
        assert operation == "broker"
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return encode(self.named or self.broker.place(self.agent))

    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        """``HubIdentity``."""
        context = await trio.to_thread.run_sync(self.broker.context, self.agent)
        if self.distrusts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cadata=trustme.CA().cert_pem.bytes().decode())
        return context

    @property
    def recipient(self) -> bytes:
        """``HubIdentity``: not asked here."""
        return b""

    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        """``HubIdentity``: not asked here."""
        raise NotImplementedError

    async def say(self, payload: bytes, topic: str = "look") -> None:
        """Says something on a topic of the agent; returns when the broker has it."""
        assert self.client is not None
        info = self.client.publish(f"tympan/{self.agent}/{topic}", payload, qos=1)
        await trio.to_thread.run_sync(info.wait_for_publish, 10)

    async def push(self, topic: str) -> None:
        """Says "look again"."""
        await self.say(encode(Look(topic=topic), News))

    def connect(self) -> None:
        """Hears pings from now on, over restarts of the broker."""
        client = Client(CallbackAPIVersion.VERSION2, uuid.uuid4().hex, protocol=MQTTProtocolVersion.MQTTv5)
        client.tls_set_context(self.broker.context("hub"))
        client.on_connect = self._connected
        client.on_message = self._pinged
        client.connect("localhost", self.broker.port)
        client.loop_start()
        self.client = client

    def end(self) -> None:
        """Hears nothing more."""
        if self.client is not None:
            self.client.disconnect()
            self.client.loop_stop()

    def _connected(self, client: Client, *_: object) -> None:
        client.subscribe(f"tympan/{self.agent}/ping")

    def _pinged(self, client: Client, _: object, message: MQTTMessage) -> None:
        self.pings += 1
        if not self.silent:
            nonce = decode(EchoRequest, bytes(message.payload)).nonce
            client.publish(f"tympan/{self.agent}/look", encode(Echo(nonce=nonce), News))


@attrs.define(eq=False)
class Hearing:
    """The plugin as a test holds it.

    Attributes:
        hub: What is behind the broker.
        host: Its host.
        membership: Whose it is.
        notices: Its source.
        heard: Topics, and "end" when the way broke.
        standing: How the way stands.
    """

    hub: HubBehind
    host: FakeHost
    membership: FakeMembership
    notices: MqttNotices
    heard: list[str] = attrs.field(factory=list)
    standing: Standing = attrs.field(factory=Standing)


@asynccontextmanager
async def hearing(
    broker: SmallBroker, settings: MqttSettings = QUICK, *, joined: bool = True
) -> AsyncIterator[Hearing]:
    """Runs the plugin beside a hub."""
    hub, membership, notices = HubBehind(broker, uuid.uuid4().hex), FakeMembership(), MqttNotices()
    await trio.to_thread.run_sync(hub.connect)
    if joined:
        membership.become(member(hub.agent))
    host = FakeHost("transport_mqtt", settings=attrs.asdict(settings), ports=[hub, membership])
    made = Hearing(hub, host, membership, notices)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_keep, notices, made.heard)
            nursery.start_soon(MqttService(notices, made.standing).run, host)
            yield made
            nursery.cancel_scope.cancel()
    finally:
        await trio.to_thread.run_sync(hub.end)


async def _keep(notices: MqttNotices, heard: list[str]) -> None:
    while True:
        async for notice in notices.notices():
            heard.append(notice.topic)  # noqa: PERF401 - one by one: a test looks meanwhile
        heard.append("end")


def member(agent: str) -> Member:
    """This agent."""
    return Member(address="https://hub.example", agent=agent, tenant="acme")
