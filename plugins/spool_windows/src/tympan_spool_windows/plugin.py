"""What this plugin offers the kernel: one spooler, and the service that brings it its settings and watches Windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tympan.plugin import Contribution, hookimpl

if TYPE_CHECKING:
    from tympan_spool_windows._spooler import WindowsSpooler


@cache
def _spooler() -> WindowsSpooler:
    """The one both hooks speak of."""
    from tympan_spool_windows._spooler import WindowsSpooler
    from tympan_spool_windows._winspool import SystemWinspool

    return WindowsSpooler(SystemWinspool())


@hookimpl
def register_spoolers() -> Sequence[Contribution]:
    """Windows as the spooler of this machine."""
    return [Contribution(port=_spooler(), name="windows")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Keeps the spooler's settings fresh and logs what happens to our queues."""
    from tympan_spool_windows._service import SpoolService

    return [Contribution(port=SpoolService(_spooler()), name="watch")]
