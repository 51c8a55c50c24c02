"""Hooks: what this plugin offers. Importing it costs nothing; the service is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The listener in the local network."""
    from tympan_release_nearby._service import NearbyService

    return [Contribution(port=NearbyService())]
