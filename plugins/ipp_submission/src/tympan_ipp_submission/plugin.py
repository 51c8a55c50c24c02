"""Hooks: one service that watches devices, one route that delivers to them."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The watcher of devices."""
    from tympan_ipp_submission._parts import watcher

    return [Contribution(port=watcher(), name="watcher")]


@hookimpl
def register_routes() -> Sequence[Contribution]:
    """The way to IPP devices."""
    from tympan_ipp_submission._parts import route

    return [Contribution(port=route(), name="ipp")]
