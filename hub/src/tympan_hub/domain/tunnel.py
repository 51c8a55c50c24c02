"""What a tenant may send through the tunnel, and how long it waits there."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.tunnel import (
    TUNNEL_BYTES,
    TUNNEL_BYTES_MOST,
    TUNNEL_BYTES_WAITING,
    TUNNEL_BYTES_WAITING_MOST,
    TUNNEL_JOBS,
    TUNNEL_JOBS_MOST,
    TUNNEL_KEEP,
    TUNNEL_KEEP_LEAST,
    TUNNEL_KEEP_MOST,
    TUNNEL_RATE_LEAST,
    TUNNEL_RATE_MOST,
)


@frozen(kw_only=True)
class TunnelLimits:
    """The limits of a tenant; raises ``BadInput`` for what nobody may say.

    Attributes:
        bytes_most: Of one sealed document.
        jobs_most: Jobs that wait at once.
        bytes_waiting_most: Bytes of all that wait.
        keep: How long one waits that nobody prints.
        rate: Bytes a second one agent may send; 0 for as many as go.
    """

    bytes_most: int = TUNNEL_BYTES
    jobs_most: int = TUNNEL_JOBS
    bytes_waiting_most: int = TUNNEL_BYTES_WAITING
    keep: dt.timedelta = TUNNEL_KEEP
    rate: int = 0

    @property
    def largest(self) -> int:
        """Bytes of the largest document there is ever room for, however empty the tunnel is."""
        return min(self.bytes_most, self.bytes_waiting_most)

    def __attrs_post_init__(self) -> None:
        _check("bytes_most", self.bytes_most, TUNNEL_BYTES_MOST)
        _check("jobs_most", self.jobs_most, TUNNEL_JOBS_MOST)
        _check("bytes_waiting_most", self.bytes_waiting_most, TUNNEL_BYTES_WAITING_MOST)
        if self.rate and not TUNNEL_RATE_LEAST <= self.rate <= TUNNEL_RATE_MOST:
            cause = f"rate is 0 for as fast as it goes, or {TUNNEL_RATE_LEAST} to {TUNNEL_RATE_MOST}"
            raise BadInput(cause, next_step="Give another number.", field="rate")
        if not TUNNEL_KEEP_LEAST <= self.keep <= TUNNEL_KEEP_MOST:
            raise BadInput(f"a job waits {TUNNEL_KEEP_LEAST} to {TUNNEL_KEEP_MOST}", field="keep")


def _check(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise BadInput(f"{field} is 1 to {most}", next_step="Give another number.", field=field)


def narrower(one: TunnelLimits, other: TunnelLimits) -> TunnelLimits:
    """The narrower of each two."""
    return TunnelLimits(
        bytes_most=min(one.bytes_most, other.bytes_most),
        jobs_most=min(one.jobs_most, other.jobs_most),
        bytes_waiting_most=min(one.bytes_waiting_most, other.bytes_waiting_most),
        keep=min(one.keep, other.keep),
        rate=min(filter(None, (one.rate, other.rate)), default=0),
    )
