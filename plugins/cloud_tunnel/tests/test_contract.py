"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files

import attrs
import pytest
import trio
from both_ends import SERVED, SETTINGS, Hub, Sending, live, receiving, sending

from tympan.plugin import Gate, Job, JobState, Printer, Route, Service
from tympan.testing import FakeDelivery, FakeHost, FakeHubLink, FakeMembership, GateSuite, RouteSuite, ServiceSuite
from tympan_cloud_tunnel import plugin
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._model import TunnelSettings
from tympan_cloud_tunnel._receiver import Receiver
from tympan_cloud_tunnel._sender import Sender
from tympan_cloud_tunnel._station import Station


@pytest.mark.anyio
class TestTunnelRoute(RouteSuite):
    """Through a hub to an agent whose device prints at once."""

    @pytest.fixture
    async def home(self) -> AsyncIterator[Sending]:
        hub = Hub()
        near = receiving(hub)

        async def device() -> None:
            while True:
                for job in near.host.jobs.all():
                    if job.state is JobState.QUEUED:
                        near.prints(job.uuid)
                await trio.sleep(0.05)

        async def looks() -> None:
            while True:
                near.look()
                await trio.sleep(0.5)

        async with live(near), sending(hub, near.reader) as made, trio.open_nursery() as nursery:
            nursery.start_soon(device)
            nursery.start_soon(looks)
            yield made
            nursery.cancel_scope.cancel()

    @pytest.fixture
    def route(self, home: Sending) -> Route:
        return home.route

    @pytest.fixture
    def delivery(self, home: Sending) -> FakeDelivery:
        return home.delivery()


@pytest.mark.anyio
class TestTunnelGate(GateSuite):
    @pytest.fixture
    def gate(self) -> TunnelGate:
        return TunnelGate()

    @pytest.fixture
    def job(self, printer: Printer) -> Job:
        jobs = FakeHost("cloud_tunnel", printers=(printer,)).jobs
        from tympan.plugin import NewJob

        return jobs.open(NewJob(printer=printer.id, shared=True)).job

    @pytest.fixture
    def printer(self) -> Printer:
        return SERVED


@pytest.mark.anyio
class TestReceiver(ServiceSuite):
    @pytest.fixture
    def service(self) -> Receiver:
        return Receiver(TunnelGate())

    @pytest.fixture
    def host(self) -> FakeHost:
        ports = [FakeHubLink(), FakeMembership()]
        return FakeHost("cloud_tunnel", settings=SETTINGS, printers=(SERVED,), ports=ports)


@pytest.mark.anyio
class TestSender(ServiceSuite):
    @pytest.fixture
    def service(self) -> Sender:
        return Sender(Station())

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("cloud_tunnel", settings=SETTINGS)


def told() -> dict[str, object]:
    return tomllib.loads((files("tympan_cloud_tunnel") / "plugin.toml").read_text())


def test_manifest_defaults_are_those_of_the_code() -> None:
    settings = told()["settings"]
    assert isinstance(settings, dict)
    assert {name: setting["default"] for name, setting in settings.items()} == attrs.asdict(TunnelSettings())


def test_neither_end_is_on_before_somebody_says_so() -> None:
    capabilities = told()["capabilities"]
    assert isinstance(capabilities, list)
    assert [(spec["key"], spec["default"]) for spec in capabilities] == [
        ("tunnel.send", "off"),
        ("tunnel.receive", "off"),
    ]


def test_hooks_offer_a_route_a_gate_and_a_service_for_each_end() -> None:
    [route], [gate] = plugin.register_routes(), plugin.register_gates()
    send, receive = plugin.register_services()
    assert isinstance(route.port, Route)
    assert isinstance(gate.port, Gate)
    assert isinstance(send.port, Service)
    assert isinstance(receive.port, Service)
    assert (gate.capability, receive.capability) == ("tunnel.receive", "tunnel.receive")
    assert (route.capability, send.capability) == (None, None)


def test_importing_the_plugin_loads_nothing_but_its_hooks() -> None:
    look = (
        "import sys, tympan.plugin; before = set(sys.modules);"
        "import tympan_cloud_tunnel.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(["tympan_cloud_tunnel", "tympan_cloud_tunnel.plugin"])
