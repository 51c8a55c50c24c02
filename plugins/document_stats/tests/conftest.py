"""Fixtures: an inspector whose worker is gone when the test is."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for stats_documents, which the test modules share

from tympan_document_stats._inspector import DocumentInspector


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
async def inspector() -> AsyncIterator[DocumentInspector]:
    made = DocumentInspector()
    yield made
    await made.close()


@pytest.fixture
async def kept(inspector: DocumentInspector) -> DocumentInspector:
    """One that keeps its worker between documents, as under the service."""
    inspector.kept = True
    return inspector
