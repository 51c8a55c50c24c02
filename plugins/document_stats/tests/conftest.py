"""Fixtures: an inspector whose worker is gone when the test is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
