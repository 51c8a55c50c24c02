"""The inspector's contract, and what importing the plugin costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tympan.plugin import Inspector, Service
from tympan.testing import FakeDocument, InspectorSuite
from tympan_document_stats import plugin
from tympan_document_stats._inspector import DocumentInspector

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"


@pytest.mark.anyio
class TestDocumentInspector(InspectorSuite):
    @pytest.fixture
    def inspector(self, kept: DocumentInspector) -> Inspector:
        return kept

    @pytest.fixture
    def sound(self) -> FakeDocument:
        return FakeDocument(content=(DOCUMENTS / "04-landscape-color-duplex-1.7.pdf").read_bytes())


def test_hooks_offer_an_inspector_and_its_service() -> None:
    (inspector,), (service,) = plugin.register_inspectors(), plugin.register_services()
    assert isinstance(inspector.port, Inspector) and isinstance(service.port, Service)


def test_the_agent_never_loads_a_parser() -> None:
    check = (
        "import sys; from tympan_document_stats import plugin;"
        "plugin.register_inspectors(); plugin.register_services();"
        "print([name for name in ('pypdfium2', 'PIL', 'tympan_wire.raster') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
