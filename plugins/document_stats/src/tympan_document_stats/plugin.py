"""Hooks: one inspector of documents, one service that keeps its worker."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_inspectors() -> Sequence[Contribution]:
    """Reads documents in a worker process."""
    from tympan_document_stats._parts import inspector

    return [Contribution(port=inspector(), name="documents")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Brings settings to the inspector, and ends its idle worker."""
    from tympan_document_stats._parts import keeper

    return [Contribution(port=keeper(), name="keeper")]
