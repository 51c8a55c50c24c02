"""The plugin's ports pass the suites, on a real broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import attrs
import pytest
import trio
from mqtt_broker import QUICK, Hearing, SmallBroker, hearing

from tympan.testing import FakeHost, NoticeSourceSuite, ServiceSuite
from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._service import MqttService


@pytest.fixture
async def running(broker: SmallBroker, anyio_backend: str) -> AsyncIterator[Hearing]:
    async with hearing(broker) as made:
        yield made


@pytest.mark.anyio
class TestMqttNotices(NoticeSourceSuite):
    @pytest.fixture
    def source(self, running: Hearing) -> MqttNotices:
        return running.notices

    @pytest.fixture
    def push(self, running: Hearing) -> Callable[[str], Awaitable[None]]:
        return running.hub.push

    @pytest.fixture
    def break_link(self, broker: SmallBroker, running: Hearing) -> Callable[[], Awaitable[None]]:
        async def restart() -> None:
            while running.heard[-1:] != [""]:  # what is not open yet cannot break
                await trio.sleep(0.01)
            await trio.to_thread.run_sync(broker.kill)
            await trio.to_thread.run_sync(broker.start)

        return restart


@pytest.mark.anyio
class TestMqttService(ServiceSuite):
    @pytest.fixture
    def service(self) -> MqttService:
        return MqttService(MqttNotices())

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("transport_mqtt", settings=attrs.asdict(QUICK))
