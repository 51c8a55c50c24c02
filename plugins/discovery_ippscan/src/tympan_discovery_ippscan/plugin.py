"""Hooks: scans, what they found, and the service that carries them out."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_scanners() -> Sequence[Contribution]:
    """Takes the orders."""
    from tympan_discovery_ippscan._parts import SCANS

    return [Contribution(port=SCANS, name="ippscan")]


@hookimpl
def register_discoverers() -> Sequence[Contribution]:
    """Says what was found."""
    from tympan_discovery_ippscan._parts import SERVICE

    return [Contribution(port=SERVICE, name="ippscan")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Carries the orders out."""
    from tympan_discovery_ippscan._parts import SERVICE

    return [Contribution(port=SERVICE, name="ippscan")]
