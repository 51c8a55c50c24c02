"""What is found of the way through the broker: alive, shut out, refused, or none at all. Never a problem."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
from mqtt_broker import SmallBroker, hearing

from tympan.plugin import Health
from tympan.testing import ExaminerSuite
from tympan_transport_mqtt._examiner import MqttExaminer
from tympan_transport_mqtt._standing import Standing

pytestmark = pytest.mark.anyio


class TestMqttExaminer(ExaminerSuite):
    @pytest.fixture
    async def examiner(self, broker: SmallBroker, anyio_backend: str) -> AsyncIterator[MqttExaminer]:
        async with hearing(broker) as made:
            with trio.fail_after(20):
                while not made.standing.open:
                    await trio.sleep(0.005)
            yield MqttExaminer(made.standing)


async def test_an_echo_goes_through_broker_and_hub_now(broker: SmallBroker) -> None:
    async with hearing(broker) as made:
        with trio.fail_after(20):
            while not made.standing.open:
                await trio.sleep(0.005)
        made.standing.took_s = 99.0
        [told] = await MqttExaminer(made.standing).examine()
    assert told.health is Health.OK and "echo came through the broker" in told.found
    assert "99000 ms" not in told.found, "it was asked for now"


async def test_without_a_hub_nothing_is_asked(broker: SmallBroker) -> None:
    async with hearing(broker, joined=False) as made:
        [told] = await MqttExaminer(made.standing).examine()
    assert told.health is Health.NOTE and "no hub" in told.found


async def test_a_hub_without_a_broker_is_well() -> None:
    [told] = await MqttExaminer(Standing(hub=True, asked=True)).examine()
    assert told.health is Health.OK and "HTTPS alone" in told.found


async def test_a_broker_behind_a_firewall_is_told_with_the_port_to_open() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    standing = Standing(hub=True, asked=True, place=f"127.0.0.1:{port}", trouble="no connection within 30 s")
    [told] = await MqttExaminer(standing).examine()
    assert (told.health, told.found) == (Health.NOTE, "no connection within 30 s")
    assert f"reach 127.0.0.1 on TCP {port}" in told.then and "HTTPS" in told.then


async def test_a_broker_that_answers_and_carries_nothing_is_told_apart_from_a_firewall() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        place = f"127.0.0.1:{listener.socket.getsockname()[1]}"
        standing = Standing(hub=True, asked=True, place=place, trouble="it does not take this agent")
        [told] = await MqttExaminer(standing).examine()
    assert told.found == "it does not take this agent" and "log of that broker" in told.then


async def test_a_way_that_broke_keeps_why() -> None:
    standing = Standing(hub=True, asked=True, place="b:1")
    standing.proved(0.1)
    standing.broke("it hung up")
    standing.broke()
    assert (standing.open, standing.trouble) == (False, "it hung up")
