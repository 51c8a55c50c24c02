"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files

import attrs
import pytest
from ippscan_rig import NET, Bench, devices, free_port, order, running, settings_of

from tympan.plugin import Discoverer, Scanner, ScanOrder, Service, SweepRequest
from tympan.testing import DiscovererSuite, FakeHost, ScannerSuite, ServiceSuite
from tympan_discovery_ippscan import plugin
from tympan_discovery_ippscan._model import ScanSettings
from tympan_discovery_ippscan._scans import Scans
from tympan_discovery_ippscan._service import ScanService
from tympan_net.device_look import look_at

DEVICE = f"{NET}.9"


@pytest.fixture
async def bench(anyio_backend: str) -> AsyncIterator[Bench]:
    port = free_port()
    async with devices(port, DEVICE), running(port) as made:
        yield made


@pytest.mark.anyio
class TestScans(ScannerSuite):
    @pytest.fixture
    def scanner(self, bench: Bench) -> Scans:
        return bench.scans

    @pytest.fixture
    def order(self) -> ScanOrder:
        return order(f"{NET}.8-{NET}.10")


@pytest.mark.anyio
class TestDiscoverer(DiscovererSuite):
    @pytest.fixture
    def discoverer(self, bench: Bench) -> ScanService:
        return bench.service

    @pytest.fixture
    def request_of_sweep(self) -> SweepRequest:
        return SweepRequest(ranges=(f"{NET}.8-{NET}.10",), duration_s=2.0)


@pytest.mark.anyio
class TestService(ServiceSuite):
    @pytest.fixture
    def service(self) -> ScanService:
        return ScanService(Scans(), look_at)

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("discovery_ippscan", settings=settings_of(free_port()))


def test_manifest_defaults_are_those_of_the_code() -> None:
    told = tomllib.loads((files("tympan_discovery_ippscan") / "plugin.toml").read_text())
    said = {name: setting["default"] for name, setting in told["settings"].items()}
    assert said == {**attrs.asdict(ScanSettings()), "ports": list(ScanSettings().ports)}


def test_hooks_speak_of_the_same_scans() -> None:
    [scanner], [discoverer], [service] = (
        plugin.register_scanners(),
        plugin.register_discoverers(),
        plugin.register_services(),
    )
    assert isinstance(scanner.port, Scanner)
    assert isinstance(discoverer.port, Discoverer)
    assert isinstance(service.port, Service)
    assert id(discoverer.port) == id(service.port)
    assert service.port._scans is scanner.port  # type: ignore[attr-defined]


def test_importing_the_plugin_loads_nothing_but_its_hooks() -> None:
    look = (
        "import sys, tympan.plugin; before = set(sys.modules);"
        "import tympan_discovery_ippscan.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    package = "tympan_discovery_ippscan"
    assert done.stdout.strip() == str([package, f"{package}.plugin"])
