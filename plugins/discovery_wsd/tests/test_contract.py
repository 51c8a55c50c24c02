"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files

import attrs
import pytest
from wsd_rig import Bench, Responder, hurry, responding, running, settings_of

from tympan.plugin import Discoverer, Service, SweepRequest
from tympan.testing import DiscovererSuite, FakeHost, ServiceSuite
from tympan_discovery_wsd import _sockets, plugin
from tympan_discovery_wsd._model import WsdSettings
from tympan_discovery_wsd._service import WsdService
from tympan_net.device_look import look_at

PORT = _sockets.PORT


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
async def bench(_quick: None, anyio_backend: str) -> AsyncIterator[Bench]:
    async with responding(Responder(address="127.0.1.1")), running() as made:
        yield made


@pytest.mark.anyio
class TestDiscoverer(DiscovererSuite):
    @pytest.fixture
    def discoverer(self, bench: Bench) -> WsdService:
        return bench.service

    @pytest.fixture
    def request_of_sweep(self) -> SweepRequest:
        return SweepRequest(duration_s=0.6)


@pytest.mark.anyio
class TestService(ServiceSuite):
    @pytest.fixture
    def service(self) -> WsdService:
        return WsdService(look_at)

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("discovery_wsd", settings=settings_of())


def test_the_port_is_the_protocols() -> None:
    assert PORT == 3702


def test_manifest_defaults_are_those_of_the_code() -> None:
    told = tomllib.loads((files("tympan_discovery_wsd") / "plugin.toml").read_text())
    said = {name: setting["default"] for name, setting in told["settings"].items()}
    assert said == {**attrs.asdict(WsdSettings()), "ports": list(WsdSettings().ports), "interfaces": []}


def test_hooks_speak_of_one_service() -> None:
    [discoverer], [service] = plugin.register_discoverers(), plugin.register_services()
    assert isinstance(discoverer.port, Discoverer)
    assert isinstance(service.port, Service)
    assert id(discoverer.port) == id(service.port)


def test_importing_the_plugin_loads_nothing_but_its_hooks() -> None:
    look = (
        "import sys, tympan.plugin; before = set(sys.modules);"
        "import tympan_discovery_wsd.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    package = "tympan_discovery_wsd"
    assert done.stdout.strip() == str([package, f"{package}.plugin"])
