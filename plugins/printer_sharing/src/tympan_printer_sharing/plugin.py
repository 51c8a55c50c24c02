"""Hooks: the route that prints on shared queues, and the service that keeps them in step with the hub."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_routes() -> Sequence[Contribution]:
    """Prints on the queues of this machine."""
    from tympan_printer_sharing._parts import ROUTE

    return [Contribution(port=ROUTE, name="queues")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Shares the queues."""
    from tympan_printer_sharing._parts import service

    return [Contribution(port=service(), name="share")]


@hookimpl
def register_queue_sharings() -> Sequence[Contribution]:
    """Tells people which queues are shared."""
    from tympan_printer_sharing._parts import BOOK

    return [Contribution(port=BOOK, name="queues")]
