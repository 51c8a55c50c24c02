"""The service: where it listens, when it follows, and what the hub is told."""

from __future__ import annotations

import subprocess
import sys

import pytest
import trio
from nearby_rig import nearby
from trio.testing import MockClock

from tympan.plugin import Service, TympanError
from tympan.testing import FakeHost, FakeHubLink, ServiceSuite
from tympan_release_nearby import plugin
from tympan_release_nearby._addresses import chosen, door, own_addresses, set_addresses
from tympan_release_nearby._service import NearbyService, tell_doors

pytestmark = pytest.mark.anyio
SETTINGS = {"port": 0, "addresses": [], "portal": ""}


@pytest.mark.anyio
class TestNearbyService(ServiceSuite):
    @pytest.fixture
    def service(self) -> NearbyService:
        return NearbyService(lambda: ("127.0.0.1",))

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("release_nearby", settings=SETTINGS)


async def wait(until: object) -> None:
    with trio.fail_after(10):
        while not until():  # type: ignore[operator]
            await trio.sleep(0.005)


async def test_it_follows_this_computer_s_addresses_and_leaves_nothing_open() -> None:
    now: list[tuple[str, ...]] = [("127.0.0.1",)]
    host = FakeHost("release_nearby", settings=SETTINGS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(NearbyService(lambda: now[-1], look_s=0.01).run, host)
        await wait(lambda: "127.0.0.1" in host.noted)
        first = int(host.noted.rpartition(":")[2])
        now.append(("127.0.0.2",))
        await wait(lambda: "127.0.0.2" in host.noted)
        with pytest.raises(OSError):
            await trio.open_tcp_stream("127.0.0.1", first)
        now.append(())
        await wait(lambda: "no private network" in host.noted)
        nursery.cancel_scope.cancel()


async def test_a_port_that_is_taken_is_said_and_tried_again() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    host = FakeHost("release_nearby", settings={**SETTINGS, "port": port})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(NearbyService(lambda: ("127.0.0.1",), look_s=0.01).run, host)
        await wait(lambda: "cannot reach" in host.noted)
        await listener.aclose()
        await wait(lambda: f"at http://127.0.0.1:{port}" in host.noted)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": MockClock(autojump_threshold=0)})])
async def test_the_hub_is_told_until_it_heard_and_then_again_and_again() -> None:
    link, told = FakeHubLink(), []

    def near(payload: bytes) -> bytes:
        told.append(trio.current_time())
        if len(told) < 3:
            raise TympanError("away", next_step="")
        return b"{}"

    link.answers = {"near": near}
    host = FakeHost("release_nearby", settings=SETTINGS, ports=[link])
    start = trio.current_time()
    with trio.move_on_after(300):
        await tell_doors(host, ("http://192.0.2.7:39151",))
    assert [round(at - start) for at in told] == [0, 20, 40, 280]


async def test_the_hub_hears_where_it_listens_really() -> None:
    async with nearby() as here:
        assert here.doors[-1] == (f"http://127.0.0.1:{here.port}",)


def test_addresses_are_listened_on_in_one_order_and_not_in_public_networks() -> None:
    assert set_addresses(["192.168.1.9", "10.0.0.1", "fd00::1", "0.0.0.0", "::", "nonsense", "224.0.0.1"]) == (
        "10.0.0.1",
        "192.168.1.9",
        "fd00::1",
    )
    assert all(one.startswith(("10.", "172.", "192.168.", "100.", "fc", "fd")) for one in own_addresses())
    assert chosen(()) == ()
    assert door("fd00::1", 80) == "http://[fd00::1]:80"


def test_the_service_is_offered() -> None:
    (contribution,) = plugin.register_services()
    assert isinstance(contribution.port, Service)


def test_importing_the_hooks_costs_nothing() -> None:
    script = (
        "import sys, tympan_release_nearby.plugin;"
        "heavy = ('ifaddr', 'tympan_net', 'tympan_wire.hub', 'tympan_release_nearby._service');"
        "print(any(name in sys.modules for name in heavy))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
