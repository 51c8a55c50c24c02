"""The contracts of the kernel: the ports offered, and what importing the plugin costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from bridge_rig import bridge, page_request

from tympan.plugin import LocalApp, LocalCaller, Service
from tympan.testing import FakeLocalRequest, LocalAppSuite
from tympan_browser_bridge import plugin
from tympan_browser_bridge._app import BrowserBridge
from tympan_wire.bridge import GREET_PATH


@pytest.mark.anyio
class TestBrowserBridge(LocalAppSuite):
    @pytest.fixture
    async def app(self) -> AsyncIterator[BrowserBridge]:
        async with bridge() as here:
            yield here.app

    @pytest.fixture
    def good_request(self) -> FakeLocalRequest:
        return page_request(GREET_PATH, b"{}")


def test_the_application_and_the_service_are_one() -> None:
    (app,), (service,) = plugin.register_local_apps(), plugin.register_services()
    assert app.port is service.port
    assert isinstance(app.port, LocalApp)
    assert isinstance(service.port, Service)
    assert app.port.callers == {LocalCaller.PORTAL}


def test_importing_the_hooks_costs_nothing() -> None:
    script = (
        "import sys, tympan_browser_bridge.plugin;"
        "heavy = ('cryptography', 'tympan_wire.bridge', 'tympan_browser_bridge._app');"
        "print(any(name in sys.modules for name in heavy))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
