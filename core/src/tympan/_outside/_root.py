"""What the kernel calls first in a plugin's process: load the plugin, and show that you live."""

from __future__ import annotations

from typing import Protocol

import attrs

ROOT: int = 1
"""The number of this object: the first that a plugin's process lends."""


@attrs.frozen(kw_only=True)
class Order:
    """Which plugin, from where, within what.

    Attributes:
        plugin: Its id.
        name: Of its entry point.
        value: Of its entry point: what is imported.
        path: Where Python looks, as in the agent.
        memory_bytes: What it may take beside what this process has taken already.
    """

    plugin: str
    name: str
    value: str
    path: tuple[str, ...]
    memory_bytes: int


@attrs.frozen(kw_only=True)
class OfferedPort:
    """A contribution of the plugin.

    Attributes:
        hook: It came by.
        name: The contribution's.
        capability: That switches it.
        ref: By which the port is called.
        facts: The port's properties.
    """

    hook: str
    name: str
    capability: str | None
    ref: int
    facts: object


@attrs.frozen(kw_only=True)
class Loaded:
    """What came of loading it.

    Attributes:
        ports: All it offers.
        deprecated: Names of the plugin API it imports that will go, each with what to do.
    """

    ports: tuple[OfferedPort, ...]
    deprecated: tuple[str, ...] = ()


class Root(Protocol):
    """The first object."""

    async def load(self, order: Order) -> Loaded:
        """Imports the plugin and asks its hooks."""

    async def alive(self) -> float:
        """Seconds of processor time it has used; its event loop answers, or nobody does."""
