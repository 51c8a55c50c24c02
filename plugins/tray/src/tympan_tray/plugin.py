"""Hooks: what this plugin offers. Importing it costs nothing; the application is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tympan.plugin import Contribution, hookimpl

if TYPE_CHECKING:
    from tympan_tray._app import TrayApp


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The task by which the application has its host."""
    return [Contribution(port=_app())]


@hookimpl
def register_local_apps() -> Sequence[Contribution]:
    """The application, mounted on the loopback site."""
    return [Contribution(port=_app())]


@cache
def _app() -> TrayApp:
    """One object is both ports, so that requests meet the host its task was given."""
    from tympan_tray._app import TrayApp

    return TrayApp()
