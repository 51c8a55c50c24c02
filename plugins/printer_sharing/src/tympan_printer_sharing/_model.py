"""Values of this plugin: what a user may set, what is shared and why a queue is not."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import attrs

from tympan.plugin import Printer, Queue, QueueCapabilities, Settings
from tympan_wire.hub import ShareOption

SCHEME: Final = "tympan-share"


def share_in(printer: Printer) -> UUID | None:
    """The share a printer's address names; None for every other address."""
    scheme, _, rest = printer.uri.partition(":")
    if scheme.lower() != SCHEME:
        return None
    try:
        return UUID(rest)
    except ValueError:
        return None


@attrs.frozen(kw_only=True)
class SharingSettings:
    """The settings of ``plugin.toml``; times in seconds."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    look_s: float = 60.0
    gone_s: float = 5.0

    @classmethod
    def of(cls, settings: Settings) -> SharingSettings:
        """Takes them from the host."""
        return cls(
            allow=settings.texts("allow"),
            deny=settings.texts("deny"),
            look_s=settings.number("look_s"),
            gone_s=settings.number("gone_s"),
        )


@attrs.frozen(kw_only=True)
class Patterns:
    """Which queues may be shared, as this machine or the tenant says; without ``allow`` all may."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SharedQueue:
    """A queue that may be shared, under the id of its device."""

    id: UUID
    queue: Queue
    capabilities: QueueCapabilities


@attrs.frozen(kw_only=True)
class Target:
    """Where jobs of a share go: a queue, with the defaults the tenant set for it."""

    queue: str
    defaults: tuple[ShareOption, ...] = ()
