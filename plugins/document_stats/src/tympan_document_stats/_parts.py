"""The plugin's parts, which share one inspector and so one worker."""

from __future__ import annotations

from functools import cache

from tympan_document_stats._inspector import DocumentInspector
from tympan_document_stats._keeper import Keeper


@cache
def inspector() -> DocumentInspector:
    """One for the process: the kernel asks for services and inspectors apart."""
    return DocumentInspector()


def keeper() -> Keeper:
    """The service."""
    return Keeper(inspector())
