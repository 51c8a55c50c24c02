"""Gates: may this job go on now."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import instance_of, optional

from tympan._values import Job, Printer


@attrs.frozen(kw_only=True)
class Go:
    """The job may go on now.

    Attributes:
        vouched: Whether the gate knows this very job as one that another machine sent to come out here. A job that is
            ``shared`` goes on with such a word alone.
    """

    vouched: bool = attrs.field(default=False, validator=instance_of(bool))


def _in_a_zone(_: object, __: object, value: dt.datetime) -> None:
    if value.utcoffset() is None:
        raise ValueError(f"until is {value}, which does not say in which zone")


@attrs.frozen(kw_only=True)
class Hold:
    """The job is held. ``reason`` is an IPP keyword; ``until`` is when it expires, UTC, or None."""

    reason: str = attrs.field(validator=instance_of(str))
    detail: str = attrs.field(validator=instance_of(str))
    until: dt.datetime | None = attrs.field(default=None, validator=optional([instance_of(dt.datetime), _in_a_zone]))


@runtime_checkable
class Gate(Protocol):
    """Decides whether a job may go on now."""

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """Asked when a job is received, again while it fails to answer, and when somebody releases the job: a ``Hold``
        then refuses the release. A released job is asked about once more before each attempt to send it, while the
        device cannot have it: a ``Hold`` then holds it again.
        """
