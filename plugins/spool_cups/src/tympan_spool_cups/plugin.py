"""What this plugin offers the kernel: one spooler, and the service that tells it its settings and watches CUPS."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tympan.plugin import Contribution, hookimpl

if TYPE_CHECKING:
    from tympan_spool_cups._spooler import CupsSpooler


@cache
def _spooler() -> CupsSpooler:
    """The one both hooks speak of."""
    from tympan_spool_cups._spooler import CupsSpooler

    return CupsSpooler()


@hookimpl
def register_spoolers() -> Sequence[Contribution]:
    """CUPS as the spooler of this machine."""
    return [Contribution(port=_spooler(), name="cups")]


@hookimpl
def register_examiners() -> Sequence[Contribution]:
    """Looks whether CUPS answers."""
    from tympan_spool_cups._examiner import CupsExaminer

    return [Contribution(port=CupsExaminer(_spooler()), name="cups")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Keeps the spooler's settings fresh and logs what happens to our queues."""
    from tympan_spool_cups._service import SpoolService

    return [Contribution(port=SpoolService(_spooler()), name="watch")]
