"""Hooks: the gate that holds jobs, the service that releases them, and the port for people at this machine."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, capability_key, hookimpl


@hookimpl
def register_gates() -> Sequence[Contribution]:
    """Holds jobs of pull printers."""
    from tympan_pull_release._parts import GATE

    return [Contribution(port=GATE, name="pull")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Carries releases out; keeps sealed copies at the hub where that is wanted."""
    from tympan_pull_release._parts import mirror, service

    return [
        Contribution(port=service(), name="releases"),
        Contribution(port=mirror(), name="mirror", capability=capability_key("pull.mirror")),
    ]


@hookimpl
def register_releasers() -> Sequence[Contribution]:
    """Releases for people at this machine."""
    from tympan_pull_release._parts import RELEASER

    return [Contribution(port=RELEASER, name="releases")]
