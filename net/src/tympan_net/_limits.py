"""Every number of tympan_net, with its unit and its reason."""

import attrs
from attrs import validators

KIB = 1024
MIB = 1024 * KIB

RECEIVE_BYTES = 256 * KIB
"""One read from a socket: large enough for 1 GB/s, small enough that a hundred uploads fit in 32 MiB."""

REFUSALS = 32
"""Connections above the cap that may be waiting for their 503 at one time; those above are closed unanswered."""


@attrs.frozen(kw_only=True)
class ServerLimits:
    """What one HTTP server grants its clients.  Times in seconds, sizes in bytes."""

    header_timeout_s: float = attrs.field(default=10.0, validator=[validators.gt(0), validators.le(3600)])
    """From a request's first byte to the end of its headers, and for the TLS handshake: stops slowloris."""
    idle_timeout_s: float = attrs.field(default=60.0, validator=[validators.gt(0), validators.le(3600)])
    """An idle kept-alive connection; CUPS polls a job every 1-10 s on one."""
    body_timeout_s: float = attrs.field(default=60.0, validator=[validators.gt(0), validators.le(3600)])
    """Between two pieces of a request body; spooler filters pause while they render a page."""
    send_timeout_s: float = attrs.field(default=60.0, validator=[validators.gt(0), validators.le(3600)])
    """For the client to take one piece (up to 256 KiB) of an answer."""
    linger_timeout_s: float = attrs.field(default=2.0, validator=[validators.gt(0), validators.le(60)])
    """Spent dropping what an early answered client still sends, so that the answer is not lost to a reset."""
    linger_bytes: int = attrs.field(default=64 * MIB, validator=[validators.ge(0), validators.le(4096 * MIB)])
    """Dropped in that time at most."""
    header_bytes: int = attrs.field(default=32 * KIB, validator=[validators.ge(1 * KIB), validators.le(MIB)])
    """Request line and headers; browsers send up to about 16 KiB of cookies."""
    connections: int = attrs.field(default=256, validator=[validators.ge(1), validators.le(100_000)])
    """Open at once; at the cap the longest idle one makes room, else the newcomer gets a 503."""
