"""Hooks: what this plugin offers. Importing it costs nothing; the endpoint is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from tympan.plugin import Contribution, hookimpl

if TYPE_CHECKING:
    from tympan_ipp_endpoint._app import IppEndpoint


@hookimpl
def register_services() -> Sequence[Contribution]:
    """The endpoint's own task: it times created jobs out."""
    return [Contribution(port=_endpoint())]


@hookimpl
def register_local_apps() -> Sequence[Contribution]:
    """The printers, mounted on the loopback site."""
    return [Contribution(port=_endpoint())]


@cache
def _endpoint() -> IppEndpoint:
    """One object is both ports, so that the application has the host its task was given."""
    from tympan_ipp_endpoint._app import IppEndpoint

    return IppEndpoint()
