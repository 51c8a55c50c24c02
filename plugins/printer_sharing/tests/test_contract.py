"""The plugin as the kernel meets it: manifest, hooks, suites."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.resources import files
from uuid import UUID

import attrs
import pytest
from sharing_stage import SETTINGS, laser

from tympan.plugin import QueueShared, QueueSharing, Route, Service
from tympan.testing import FakeHost, FakeHubLink, FakeMembership, FakeSpooler, QueueSharingSuite, ServiceSuite
from tympan_printer_sharing import plugin
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._model import SharingSettings
from tympan_printer_sharing._service import Sharer


@pytest.mark.anyio
class TestSharer(ServiceSuite):
    @pytest.fixture
    def service(self) -> Sharer:
        return Sharer(ShareBook())

    @pytest.fixture
    def host(self) -> FakeHost:
        spooler = FakeSpooler()
        spooler.change("laser", laser())
        ports = [FakeHubLink(), FakeMembership(), spooler]
        return FakeHost("printer_sharing", settings=SETTINGS, ports=ports)


@pytest.mark.anyio
class TestShareBook(QueueSharingSuite):
    @pytest.fixture
    def sharing(self) -> ShareBook:
        book = ShareBook()
        book.show([QueueShared(queue="laser", share=UUID(int=1)), QueueShared(queue="fax", why="it is a fax")])
        return book


def test_manifest_defaults_are_those_of_the_code_and_it_is_off_until_somebody_opts_in() -> None:
    told = tomllib.loads((files("tympan_printer_sharing") / "plugin.toml").read_text())
    defaults = {
        name: tuple(one["default"]) if one["type"] == "texts" else one["default"]
        for name, one in told["settings"].items()
    }
    assert defaults == attrs.asdict(SharingSettings())
    assert [(one["key"], one["default"]) for one in told["capabilities"]] == [("share.queues", "off")]


def test_hooks_give_a_route_and_the_service_that_feeds_it() -> None:
    [route], [service] = plugin.register_routes(), plugin.register_services()
    [sharing] = plugin.register_queue_sharings()
    assert isinstance(sharing.port, QueueSharing)
    assert isinstance(route.port, Route)
    assert isinstance(service.port, Service)
    assert route.port._book is service.port._book  # type: ignore[attr-defined]


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    heavy = ("tympan_wire.ipp", "tympan_relay", "tympan_net")
    look = f"import sys, tympan_printer_sharing.plugin; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
