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
)


@frozen(kw_only=True)
class TunnelLimits:
    """The limits of a tenant; raises ``BadInput`` for what nobody may say.

    Attributes:
        bytes_most: Of one sealed document.
        jobs_most: Jobs that wait at once.
        bytes_waiting_most: Bytes of all that wait.
        keep: How long one waits that nobody prints.
    """

    bytes_most: int = TUNNEL_BYTES
    jobs_most: int = TUNNEL_JOBS
    bytes_waiting_most: int = TUNNEL_BYTES_WAITING
    keep: dt.timedelta = TUNNEL_KEEP

    def __attrs_post_init__(self) -> None:
        _check("bytes_most", self.bytes_most, TUNNEL_BYTES_MOST)
        _check("jobs_most", self.jobs_most, TUNNEL_JOBS_MOST)
        _check("bytes_waiting_most", self.bytes_waiting_most, TUNNEL_BYTES_WAITING_MOST)
        if not TUNNEL_KEEP_LEAST <= self.keep <= TUNNEL_KEEP_MOST:
            raise BadInput(f"a job waits {TUNNEL_KEEP_LEAST} to {TUNNEL_KEEP_MOST}", field="keep")


def _check(field: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise BadInput(f"{field} is 1 to {most}", next_step="Give another number.", field=field)
