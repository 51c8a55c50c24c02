"""The plugin's parts: the route prints on what the service shares."""

from __future__ import annotations

from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._route import ShareRoute
from tympan_printer_sharing._service import Sharer

BOOK = ShareBook()
ROUTE = ShareRoute(BOOK)
"""One of each for the process: the kernel asks for each port apart."""


def service() -> Sharer:
    """The service."""
    return Sharer(BOOK)
