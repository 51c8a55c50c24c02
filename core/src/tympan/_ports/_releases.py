"""Releasing held jobs at a device, as a person at this machine asks for it."""

from __future__ import annotations

import uuid
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import deep_iterable, instance_of, optional


@attrs.frozen(kw_only=True)
class ReleaseWish:
    """What a person asks for.

    Attributes:
        user: The account of this machine that asks.
        jobs: Which held jobs, in the order in which they shall come out; empty for all of theirs.
        at: Where: a printer's id, or the short code on the device.
        proof: The code the device's screen shows, where one is wanted.
        copies: IPP ``copies`` instead of what was ordered; None leaves it.
        sides: IPP ``sides`` instead of what was ordered; "" leaves it.
        color: IPP ``print-color-mode`` instead of what was ordered; "" leaves it.
        grants: The hub's signed words given ahead (`tympan_wire.grants`); each names its job, and nobody else is asked.
    """

    user: str = attrs.field(validator=instance_of(str))
    jobs: tuple[uuid.UUID, ...] = ()
    at: str = attrs.field(default="", validator=instance_of(str))
    proof: str = attrs.field(default="", validator=instance_of(str))
    copies: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    sides: str = attrs.field(default="", validator=instance_of(str))
    color: str = attrs.field(default="", validator=instance_of(str))
    grants: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(instance_of(str), instance_of(tuple)))


@attrs.frozen(kw_only=True)
class NotReleased:
    """A job that stays held, and why; ``job`` is None for a grant that is not to be believed."""

    job: uuid.UUID | None
    detail: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class Released:
    """What became of a wish.

    Attributes:
        jobs: Those that are on their way.
        refused: Those that stay held.
        notes: Sentences on what will differ from what was ordered.
    """

    jobs: tuple[uuid.UUID, ...] = ()
    refused: tuple[NotReleased, ...] = ()
    notes: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(instance_of(str), instance_of(tuple)))


@runtime_checkable
class Releaser(Protocol):
    """Releases held jobs at a device."""

    async def release(self, wish: ReleaseWish) -> Released:
        """Asks whoever decides (the hub, where there is one), and carries it out.

        Raises:
            TympanError: Nobody could decide, with what to do next.
        """
