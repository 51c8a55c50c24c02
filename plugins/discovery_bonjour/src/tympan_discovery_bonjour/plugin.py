"""Hooks: the discoverer, the service that listens, and what is looked at when nothing is found."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_discoverers() -> Sequence[Contribution]:
    """What is in view."""
    from tympan_discovery_bonjour._parts import BONJOUR

    return [Contribution(port=BONJOUR, name="bonjour")]


@hookimpl
def register_examiners() -> Sequence[Contribution]:
    """Looks whether this computer may ask on its links."""
    from tympan_discovery_bonjour._parts import EXAMINER

    return [Contribution(port=EXAMINER, name="bonjour")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Sweeps and listens."""
    from tympan_discovery_bonjour._parts import BONJOUR

    return [Contribution(port=BONJOUR, name="listener")]
