"""The way through the broker: opened, proved, found dead, done without."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import sys
from collections.abc import Callable

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from mqtt_broker import QUICK, Hearing, SmallBroker, hearing, member
from paho.mqtt.client import MQTTMessage

from tympan.plugin import PortsChanged, Retry, TympanError
from tympan_transport_mqtt import _session
from tympan_transport_mqtt._gauge import Gauge, PacketRefused
from tympan_transport_mqtt._session import MqttSession
from tympan_wire.hub import Broker, Echo, News, encode

pytestmark = pytest.mark.anyio
IMPATIENT = attrs.evolve(QUICK, echo_wait_s=0.2)


class Never(TympanError):
    """The hub says no."""


class Later(TympanError):
    """The hub is away."""

    retry = Retry.LATER


async def until(condition: Callable[[], object]) -> None:
    with trio.fail_after(20):
        while not condition():
            await trio.sleep(0.005)


async def opened(made: Hearing) -> None:
    await until(lambda: made.heard)
    assert made.heard == [""], "look at everything"


async def test_notices_come_in_their_order(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        for topic in ("releases", "desired", "tides"):
            await made.hub.push(topic)
        await until(lambda: made.heard == ["", "releases", "desired", "tides"])
        assert made.host.uses == 3


async def test_a_living_path_is_proved_and_stays(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await until(lambda: made.hub.pings >= 5)
        assert made.heard == [""]
        assert made.hub.asked == 1


async def test_a_path_without_an_echo_is_dead(broker: SmallBroker) -> None:
    async with hearing(broker, IMPATIENT) as made:
        await opened(made)
        made.hub.silent = True
        await until(lambda: made.heard == ["", "end"])
        await until(lambda: "nothing came back" in made.host.noted)
        made.hub.silent = False
        await until(lambda: made.heard == ["", "end", ""])
        assert "too" in made.host.noted


async def test_an_echo_of_another_ping_proves_nothing(broker: SmallBroker) -> None:
    async with hearing(broker, IMPATIENT) as made:
        made.hub.silent = True
        await until(lambda: made.hub.pings)
        for _ in range(20):
            await made.hub.say(encode(Echo(nonce=""), News))
            await made.hub.say(encode(Echo(nonce="0" * 16), News))
        await until(lambda: "nothing came back" in made.host.noted)
        assert not made.heard


async def test_while_the_broker_is_away_it_is_tried_again(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        await trio.to_thread.run_sync(broker.kill)
        try:
            await until(lambda: made.heard == ["", "end"])
            await until(lambda: "cannot be reached" in made.host.noted)
            assert "over HTTPS meanwhile" in made.host.noted
        finally:
            await trio.to_thread.run_sync(broker.start)
        await until(lambda: made.heard == ["", "end", ""])


@pytest.mark.parametrize("payload", [b"", b"<html>", b'{"kind": "look"}', b'{"kind": "song"}', b"\xff" * 300])
async def test_what_cannot_be_understood_is_passed_over(broker: SmallBroker, payload: bytes) -> None:
    async with hearing(broker) as made:
        await opened(made)
        await made.hub.say(payload)
        await made.hub.push("desired")
        await until(lambda: made.heard == ["", "desired"])


async def test_more_than_a_notice_can_have_is_not_sent_by_the_broker(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        await made.hub.say(b" " * 100_000)
        await made.hub.push("desired")
        await until(lambda: made.heard == ["", "desired"])


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (b"\x30\xff\xff\xff\x7f", "more than 65536 bytes"),
        (b"\x30\x81\x80\x04", "more than 65536 bytes"),
        (b"\x30\x80\x80\x80\x80", "more than 65536 bytes"),
        (b"\x32\x02", "wants an answer"),
        (b"\x34\x02", "wants an answer"),
        (b"\x62\x02\x00\x01", "of kind 6"),
        (b"\xf0\x00", "of kind 15"),
    ],
    ids=["256 MiB", "a byte too long", "no end of its length", "QoS 1", "QoS 2", "PUBREL", "AUTH"],
)
async def test_a_hostile_broker_is_hung_up_on_before_more_is_read(broker: SmallBroker, sent: bytes, why: str) -> None:
    """It has a certificate that is believed, and ignores what clients take."""
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    broker.authority.issue_cert("localhost").configure_cert(shown)
    async with hearing(broker, joined=False) as made, trio.open_nursery() as nursery:
        [hostile] = await trio.open_tcp_listeners(0, host="127.0.0.1")

        async def lets_in_and_sends(stream: trio.SocketStream) -> None:
            with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                async with trio.SSLStream(stream, shown, server_side=True) as secured:
                    await secured.receive_some()
                    await secured.send_all(b"\x20\x03\x00\x00\x00" + sent)
                    while await secured.receive_some():
                        pass

        nursery.start_soon(trio.serve_listeners, lets_in_and_sends, [hostile])
        made.hub.named = attrs.evolve(broker.place(made.hub.agent), port=hostile.socket.getsockname()[1])
        made.membership.become(member(made.hub.agent))
        await until(lambda: why in made.host.noted)
        nursery.cancel_scope.cancel()


@given(st.lists(st.binary(max_size=300), max_size=20), st.integers(1, 50))
def test_the_gauge_follows_packets_however_they_are_cut(bodies: list[bytes], cut: int) -> None:
    stream = b"".join(b"\x30" + _length(len(body)) + body for body in bodies)
    gauge = Gauge(300)
    for at in range(0, len(stream), cut):
        gauge.took(stream[at : at + cut])
    with pytest.raises(PacketRefused):
        gauge.took(b"\x30" + _length(301))


def _length(number: int) -> bytes:
    """A variable byte integer (MQTT 5 section 1.5.5)."""
    return bytes([number]) if number < 128 else bytes([number % 128 | 128, number // 128])


def test_a_forged_notice_on_anothers_topic_is_passed_over(broker: SmallBroker) -> None:
    heard: list[bytes] = []
    session = MqttSession("a", broker.place("a"), broker.context("a"), heard.append)
    for topic in (b"tympan/b/look", b"tympan/a/ping", b"", b"\xff", b"tympan/a/look"):
        message = MQTTMessage(topic=topic)
        message.payload = topic
        session._on_message(session._client, None, message)
    assert heard == [b"tympan/a/look"]


async def test_a_flood_of_notices_says_nothing_new(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        for _ in range(5_000):
            made.notices.tell("desired")
        await until(lambda: len(made.heard) > 1)
        assert len(made.heard) < 50


async def test_where_the_hub_names_no_broker_nothing_is_opened(broker: SmallBroker) -> None:
    async with hearing(broker, joined=False) as made:
        made.hub.named = Broker()
        made.membership.become(member(made.hub.agent))
        await until(lambda: "HTTPS alone" in made.host.noted)
        assert (made.hub.asked, made.hub.pings) == (1, 0)


def test_without_a_broker_paho_is_not_imported() -> None:
    code = "import sys, tympan_transport_mqtt._parts; sys.exit('paho.mqtt.client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "named",
    [
        Broker(host="h h", look="a", ping="b"),
        Broker(host="h", port=0, look="a", ping="b"),
        Broker(host="h", port=70_000, look="a", ping="b"),
        Broker(host="h", look="#", ping="b"),
        Broker(host="h", look="a", ping="b/+"),
        Broker(host="h", look="", ping="b"),
        Broker(host="h", look="a", ping="b" * 300),
    ],
    ids=str,
)
async def test_a_broker_that_can_be_none_is_not_dialled(broker: SmallBroker, named: Broker) -> None:
    async with hearing(broker, joined=False) as made:
        made.hub.named = named
        made.membership.become(member(made.hub.agent))
        await until(lambda: "it is not known whether" in made.host.noted)
        made.hub.named = None
        if made.hub.asked > 1:
            await opened(made)


async def test_a_hub_that_is_away_is_asked_again_and_one_that_says_no_is_not(broker: SmallBroker) -> None:
    async with hearing(broker, joined=False) as made:
        made.hub.trouble = Later("the hub is away")
        made.membership.become(member(made.hub.agent))
        await until(lambda: made.hub.asked > 2)
        made.hub.trouble = Never("no such operation")
        await until(lambda: "no such operation" in made.host.noted)
        asked = made.hub.asked
        made.hub.trouble = None
        await trio.sleep(0.3)
        assert made.hub.asked == asked, "it has its hour"


async def test_a_broker_of_another_authority_is_not_believed(broker: SmallBroker) -> None:
    async with hearing(broker, joined=False) as made:
        made.hub.distrusts = True
        made.membership.become(member(made.hub.agent))
        await until(lambda: "certificate verify failed" in made.host.noted)


async def test_whoever_leaves_hangs_up_and_whoever_comes_back_is_heard(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        made.membership.become(None)
        await until(lambda: made.heard == ["", "end"])
        await until(lambda: "not enrolled" in made.host.noted)
        made.membership.become(member(made.hub.agent))
        await until(lambda: made.heard == ["", "end", ""])


async def test_trouble_with_the_hub_breaks_no_path(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        made.membership.become(attrs.evolve(member(made.hub.agent), trouble="the hub is away"))
        pings = made.hub.pings
        await until(lambda: made.hub.pings > pings + 1)
        assert made.heard == [""]


async def test_without_what_leads_to_a_hub_it_waits(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        await opened(made)
        taken, made.host.offered = made.host.offered, []
        made.host.bus.publish(PortsChanged())
        await until(lambda: made.heard == ["", "end"])
        await until(lambda: "no plugin" in made.host.noted)
        made.host.offered = taken
        made.host.bus.publish(PortsChanged())
        await until(lambda: made.heard == ["", "end", ""])


async def test_a_port_that_swallows_everything_is_given_up(
    broker: SmallBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_session, "CONNECT_S", 0.2)
    async with hearing(broker, joined=False) as made, trio.open_nursery() as nursery:
        [deaf] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(_swallow, deaf)
        made.hub.named = attrs.evolve(broker.place(made.hub.agent), port=deaf.socket.getsockname()[1])
        made.membership.become(member(made.hub.agent))
        await until(lambda: "cannot be reached" in made.host.noted)
        nursery.cancel_scope.cancel()


async def _swallow(deaf: trio.SocketListener) -> None:
    async with deaf:
        while True:
            await deaf.accept()
