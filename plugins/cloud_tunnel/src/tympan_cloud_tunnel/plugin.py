"""Hooks: the route into the tunnel, the gate that holds what came out of it, and the services of both ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tympan.plugin import Contribution, capability_key, hookimpl

_RECEIVE: Final = capability_key("tunnel.receive")


@hookimpl
def register_routes() -> Sequence[Contribution]:
    """Takes jobs to the hub."""
    from tympan_cloud_tunnel._parts import ROUTE

    return [Contribution(port=ROUTE, name="tunnel")]


@hookimpl
def register_gates() -> Sequence[Contribution]:
    """Holds what came from the hub until this agent may print it."""
    from tympan_cloud_tunnel._parts import GATE

    return [Contribution(port=GATE, name="tunnel", capability=_RECEIVE)]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Hears how sent jobs fare; fetches jobs that others sent."""
    from tympan_cloud_tunnel._parts import receiver, sender

    return [
        Contribution(port=sender(), name="send"),
        Contribution(port=receiver(), name="receive", capability=_RECEIVE),
    ]
