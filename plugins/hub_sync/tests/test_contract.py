"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable
from importlib.resources import files

import attrs
import pytest
import trio

from tympan.plugin import Member, PolicySource, PrinterSource, Service
from tympan.testing import (
    FakeHost,
    FakeHubLink,
    FakeMembership,
    PolicySourceSuite,
    PrinterSourceSuite,
    ServiceSuite,
)
from tympan_hub_sync import plugin
from tympan_hub_sync._model import SyncSettings
from tympan_hub_sync._service import SyncService
from tympan_hub_sync._wants import HubPolicy, HubPrinters, Wants
from tympan_wire.hub import Desired, PrinterWanted

MEMBER = Member(address="https://hub.example", agent="a", tenant="t", policy_keys=(bytes(32),))


def desired(number: int) -> Desired:
    printer = PrinterWanted(id=f"printer-{number}", name="Printer", uri="ipp://device.example/ipp/print")
    return Desired(edition=str(number), policies=(f"policy {number}",), printers=(printer,))


@pytest.fixture
def wants() -> Wants:
    wants = Wants()
    wants.take(MEMBER, desired(1))
    return wants


@pytest.fixture
def change(wants: Wants) -> Callable[[], Awaitable[None]]:
    async def change() -> None:
        await trio.lowlevel.checkpoint()
        wants.take(MEMBER, desired(2))

    return change


@pytest.mark.anyio
class TestHubPolicy(PolicySourceSuite):
    @pytest.fixture
    def source(self, wants: Wants) -> HubPolicy:
        return wants.policy


@pytest.mark.anyio
class TestHubPrinters(PrinterSourceSuite):
    @pytest.fixture
    def source(self, wants: Wants) -> HubPrinters:
        return wants.printers


@pytest.mark.anyio
class TestSyncService(ServiceSuite):
    @pytest.fixture
    def service(self, wants: Wants) -> SyncService:
        return SyncService(wants)

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("hub_sync", settings=attrs.asdict(SyncSettings()), ports=[FakeHubLink(), FakeMembership()])


def test_manifest_defaults_are_those_of_the_code() -> None:
    told = tomllib.loads((files("tympan_hub_sync") / "plugin.toml").read_text())
    assert {name: setting["default"] for name, setting in told["settings"].items()} == attrs.asdict(SyncSettings())


def test_hooks_speak_of_the_same_wants() -> None:
    [policy], [printers], [service] = (
        plugin.register_policy_sources(),
        plugin.register_printer_sources(),
        plugin.register_services(),
    )
    assert isinstance(policy.port, PolicySource)
    assert isinstance(printers.port, PrinterSource)
    assert isinstance(service.port, Service)
    assert service.port._wants.policy is policy.port  # type: ignore[attr-defined]


def test_importing_the_plugin_loads_nothing_but_its_hooks() -> None:
    look = (
        "import sys, tympan.plugin; before = set(sys.modules);"
        "import tympan_hub_sync.plugin, tympan_transport_https.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    packages = ["tympan_hub_sync", "tympan_transport_https"]
    assert done.stdout.strip() == str(sorted([*packages, *(f"{package}.plugin" for package in packages)]))
