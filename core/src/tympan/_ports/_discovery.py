"""Discovery of devices."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from typing import Protocol, runtime_checkable

import attrs


@attrs.frozen(kw_only=True)
class Sighting:
    """This agent saw a device by a method at a time; untrusted until an administrator makes a printer of it."""

    method: str
    uri: str
    seen_at: dt.datetime
    device_uuid: str = ""
    name: str = ""
    make_and_model: str = ""
    attributes: Mapping[str, str] = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class SweepRequest:
    """Where to look (``ranges`` for those that sweep addresses) and for how long, in seconds."""

    ranges: tuple[str, ...] = ()
    duration_s: float = 10.0


@runtime_checkable
class Discoverer(Protocol):
    """Looks for devices."""

    def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Sightings as they come; ends by itself after ``duration_s``."""
