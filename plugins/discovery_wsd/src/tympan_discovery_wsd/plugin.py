"""Hooks: what is in view, and the service that looks."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_discoverers() -> Sequence[Contribution]:
    """Says what is in view."""
    from tympan_discovery_wsd._parts import SERVICE

    return [Contribution(port=SERVICE, name="wsd")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Looks."""
    from tympan_discovery_wsd._parts import SERVICE

    return [Contribution(port=SERVICE, name="wsd")]
