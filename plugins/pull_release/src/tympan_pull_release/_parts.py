"""The plugin's parts: gate, service and desk speak of the same permits."""

from __future__ import annotations

from tympan_pull_release._gate import PullGate
from tympan_pull_release._mirror import MirrorService
from tympan_pull_release._permits import Permits
from tympan_pull_release._releaser import Desk
from tympan_pull_release._service import ReleaseService

PERMITS = Permits()
GATE = PullGate(PERMITS)
RELEASER = Desk()
"""One of each for the process: the kernel asks for each port apart."""


def service() -> ReleaseService:
    """The service that carries releases out."""
    return ReleaseService(GATE, PERMITS, RELEASER)


def mirror() -> MirrorService:
    """The service that keeps sealed copies elsewhere."""
    return MirrorService(GATE)
