"""What an agent at rest has not imported: each costs memory at every desktop, for what few ask it for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rig import agent

pytestmark = [pytest.mark.anyio, pytest.mark.system]

FOR_LATER = {
    "httpx",
    "http.client",
    "urllib.request",
    "xml.sax.saxutils",
    "html.entities",
    "cryptography.x509",
    "tympan_wire.raster",
    "tarfile",
    "tympan.testing",
    "tympan.checking",
}


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def test_an_agent_at_rest_has_imported_nothing_that_is_for_later(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file", "PYTHONPROFILEIMPORTTIME": "1"}) as ours:
        imported = set(re.findall(r"^import time:.*\| +(\S+)$", ours.output(), re.MULTILINE))
    assert {"trio", "tympan_updater._service"} <= imported
    assert not FOR_LATER & imported
