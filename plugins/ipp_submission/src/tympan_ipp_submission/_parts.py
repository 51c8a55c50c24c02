"""The plugin's parts, which share one fleet of devices."""

from __future__ import annotations

from tympan_ipp_submission._fleet import Fleet
from tympan_ipp_submission._route import IppRoute
from tympan_ipp_submission._watcher import Watcher

FLEET = Fleet()
"""One for the process: the kernel asks for services and routes apart, and both speak with the same devices."""


def watcher() -> Watcher:
    """The service."""
    return Watcher(FLEET)


def route() -> IppRoute:
    """The route."""
    return IppRoute(FLEET)
