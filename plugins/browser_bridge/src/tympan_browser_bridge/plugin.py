"""Hooks: what this plugin offers. Importing it costs nothing; the bridge is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tympan.plugin import Contribution, hookimpl

if TYPE_CHECKING:
    from tympan_browser_bridge._app import BrowserBridge


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The task by which the bridge knows its host."""
    return [Contribution(port=_bridge())]


@hookimpl
def register_local_apps() -> Sequence[Contribution]:
    """The bridge, mounted on the loopback site."""
    return [Contribution(port=_bridge())]


@cache
def _bridge() -> BrowserBridge:
    """One object is both ports, so that the application has the host its task was given."""
    from tympan_browser_bridge._app import BrowserBridge

    return BrowserBridge()
