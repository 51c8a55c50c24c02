"""The suites the industry holds printers to, against the endpoint on a real socket."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rig import LEAST, judge

from tympan.testing import FakeHost

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Serving


@pytest.fixture(params=["never-seen", "ippeveprinter"])
def host(request: pytest.FixtureRequest, new_host: Callable[..., FakeHost], seen_bytes: bytes) -> FakeHost:
    host = new_host()
    if request.param == "ippeveprinter":
        from tympan.plugin import DeviceSnapshot

        now = host.now()
        seen = DeviceSnapshot(reachable=True, observed_at=now, answered_at=now, attributes=seen_bytes)
        (printer,) = host.printers.all()
        host.printers.observe(printer.id, seen)
    return host


@pytest.mark.system
@pytest.mark.anyio
@pytest.mark.parametrize("suite", sorted(LEAST))
async def test_suite_has_no_failure(suite: str, host: FakeHost, serving: Serving, tmp_path: Path) -> None:
    assert shutil.which("ipptool"), "ipptool is missing: install the package cups-ipp-utils"
    async with serving(host) as uri:
        verdict = await judge(tmp_path, uri, suite)
    assert verdict.failed == () and verdict.broken == (), verdict.text
    assert verdict.passed >= LEAST[suite], verdict.text
    assert host.logged == []
