"""Agents that are revoked are shut out of a real broker by the hub alone: nobody writes a file, or reloads anything."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator

import pytest
import trio
from mqtt_rig import enrolled, intruder, listening, mosquitto, until
from portal_rig import served
from rig import free_port
from test_mqtt import Pair, Place, as_hub, furnished, look, until_deaf

pytestmark = [pytest.mark.anyio, pytest.mark.system]


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub that keeps its broker's files."""
    folder = tmp_path_factory.mktemp("mqtt")
    home = folder / "home"
    tokens, api_token = asyncio.run(furnished(home))
    with mosquitto(home, folder / "broker", free_port()) as broker:
        options = ("--mqtt", broker.url, "--mqtt-config", str(broker.folder), "--mqtt-pid", str(broker.pid))
        with served(home, *options) as running:
            yield Place(hub=running, broker=broker, tokens=tokens, api_token=api_token)


async def test_a_revoked_agent_is_deaf_and_does_not_come_in_again_and_all_others_hear_on(place: Place) -> None:
    url, tokens = place.hub.url, place.tokens
    async with enrolled(url, tokens.pop()) as one, listening(url, tokens.pop()) as two:
        pair = Pair(one=one, two=two, own=await one.context())
        async with intruder(place.broker.port, pair.own) as open_still, as_hub(place) as hub_itself:
            await open_still.subscribe(look(one))
            await hub_itself.publish(look(one), b"{}")
            await until(lambda: open_still.heard)
            await place.api("POST", f"agents/{one.agent}/revoke")
            await until_deaf(hub_itself, open_still, pair)
        with pytest.raises((ConnectionError, ssl.SSLError)), trio.fail_after(20):
            while True:  # the broker reads its files when it gets to it
                async with intruder(place.broker.port, pair.own):
                    await trio.sleep(0.05)
        await place.switch("off")
        await until(lambda: "desired" in two.heard)
