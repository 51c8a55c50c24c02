"""Hooks: the notices, the service that keeps the way to the broker, and what is looked at when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_notice_sources() -> Sequence[Contribution]:
    """Notices of the hub."""
    from tympan_transport_mqtt._parts import NOTICES

    return [Contribution(port=NOTICES, name="mqtt")]


@hookimpl
def register_examiners() -> Sequence[Contribution]:
    """Looks whether the way through the broker is alive."""
    from tympan_transport_mqtt._parts import EXAMINER

    return [Contribution(port=EXAMINER, name="mqtt")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Keeps the way to the broker."""
    from tympan_transport_mqtt._parts import service

    return [Contribution(port=service(), name="session")]
