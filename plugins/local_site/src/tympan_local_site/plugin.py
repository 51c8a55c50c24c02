"""Hooks: what this plugin offers. Importing it costs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The listener."""
    from tympan_local_site._service import LocalSite

    return [Contribution(port=LocalSite())]
