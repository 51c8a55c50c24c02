"""Examiners: what is wrong with what a plugin stands on, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import instance_of


class Health(StrEnum):
    """How something was found."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; printing goes on."""
    PROBLEM = "problem"
    """Somebody has to do something."""


@attrs.frozen(kw_only=True)
class Examined:
    """One thing that was looked at.

    Attributes:
        topic: What, in a word or two, such as ``hub`` or ``clock``.
        health: How it was found.
        found: What was found, as a sentence without its full stop; no secret and no document's title.
        then: The next step; "" where nothing has to be done.
    """

    topic: str = attrs.field(validator=instance_of(str))
    health: Health = attrs.field(validator=instance_of(Health))
    found: str = attrs.field(validator=instance_of(str))
    then: str = attrs.field(default="", validator=instance_of(str))


@runtime_checkable
class Examiner(Protocol):
    """Looks at what its plugin stands on, for ``tympan doctor``."""

    async def examine(self) -> Sequence[Examined]:
        """Looks now, asks whom it must, and changes nothing. Called with a deadline, also while its service is away."""
