"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.resources import files

import attrs
import pytest
from pull_release_rig import POINT, SETTINGS, made, pull

from tympan.plugin import Gate, Job, Printer, Releaser, Service
from tympan.testing import FakeHost, FakeHubLink, FakeMembership, GateSuite, ServiceSuite
from tympan_pull_release import plugin
from tympan_pull_release._gate import PullGate
from tympan_pull_release._mirror import MirrorService
from tympan_pull_release._permits import Permits
from tympan_pull_release._releaser import Desk
from tympan_pull_release._service import ReleaseService
from tympan_pull_release._terms import PullSettings


@pytest.mark.anyio
class TestPullGate(GateSuite):
    @pytest.fixture
    def gate(self) -> PullGate:
        return PullGate(Permits())

    @pytest.fixture
    async def job(self) -> Job:
        return await made().print_()

    @pytest.fixture
    def printer(self) -> Printer:
        return pull()


@pytest.mark.anyio
class TestReleaseService(ServiceSuite):
    @pytest.fixture
    def service(self) -> ReleaseService:
        permits = Permits()
        return ReleaseService(PullGate(permits), permits, Desk())

    @pytest.fixture
    def host(self) -> FakeHost:
        ports = [FakeHubLink(), FakeMembership()]
        return FakeHost("pull_release", settings=SETTINGS, printers=(pull(), POINT), ports=ports)


@pytest.mark.anyio
class TestMirrorService(ServiceSuite):
    @pytest.fixture
    def service(self) -> MirrorService:
        return MirrorService(PullGate(Permits()))

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("pull_release", settings=SETTINGS, printers=(pull(),), ports=[FakeHubLink(), FakeMembership()])


def test_manifest_defaults_are_those_of_the_code() -> None:
    told = tomllib.loads((files("tympan_pull_release") / "plugin.toml").read_text())
    assert {name: setting["default"] for name, setting in told["settings"].items()} == attrs.asdict(PullSettings())


def test_while_it_does_not_run_nothing_it_decides_about_passes() -> None:
    told = tomllib.loads((files("tympan_pull_release") / "plugin.toml").read_text())
    assert [spec["key"] for spec in told["capabilities"] if spec.get("holds")] == ["pull.release"]


def test_hooks_offer_a_gate_two_services_and_the_desk() -> None:
    [gate], [desk] = plugin.register_gates(), plugin.register_releasers()
    releases, mirror = plugin.register_services()
    assert isinstance(gate.port, Gate)
    assert isinstance(desk.port, Releaser)
    assert isinstance(releases.port, Service)
    assert mirror.capability == "pull.mirror"
    assert releases.port._gate is gate.port  # type: ignore[attr-defined]


def test_importing_the_plugin_loads_nothing_but_its_hooks() -> None:
    look = (
        "import sys, tympan.plugin; before = set(sys.modules);"
        "import tympan_pull_release.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(["tympan_pull_release", "tympan_pull_release.plugin"])
