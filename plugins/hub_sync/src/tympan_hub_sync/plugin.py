"""Hooks: policy and printers of the hub, and the service that fetches and reports."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_policy_sources() -> Sequence[Contribution]:
    """The hub's policy."""
    from tympan_hub_sync._parts import WANTS

    return [Contribution(port=WANTS.policy, name="hub")]


@hookimpl
def register_printer_sources() -> Sequence[Contribution]:
    """The hub's printers."""
    from tympan_hub_sync._parts import WANTS

    return [Contribution(port=WANTS.printers, name="hub")]


@hookimpl
def register_people_sources() -> Sequence[Contribution]:
    """Who is signed in, as the hub says."""
    from tympan_hub_sync._parts import WANTS

    return [Contribution(port=WANTS.people, name="hub")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Fetches and reports."""
    from tympan_hub_sync._parts import service

    return [Contribution(port=service(), name="sync")]
