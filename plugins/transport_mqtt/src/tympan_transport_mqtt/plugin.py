"""Hooks: the notices, and the service that keeps the way to the broker."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_notice_sources() -> Sequence[Contribution]:
    """Notices of the hub."""
    from tympan_transport_mqtt._parts import NOTICES

    return [Contribution(port=NOTICES, name="mqtt")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Keeps the way to the broker."""
    from tympan_transport_mqtt._parts import service

    return [Contribution(port=service(), name="session")]
