"""The plugin's parts: the sources and the service speak of the same wants."""

from __future__ import annotations

from tympan_hub_sync._service import SyncService
from tympan_hub_sync._wants import Wants

WANTS = Wants()
"""One for the process: the kernel asks for each port apart."""


def service() -> SyncService:
    """The service."""
    return SyncService(WANTS)
