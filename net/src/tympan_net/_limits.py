"""Every number of tympan_net, with its unit and its reason."""

import attrs
from attrs import validators

KIB = 1024
MIB = 1024 * KIB

RECEIVE_BYTES = 256 * KIB
"""One read from a socket: large enough for 1 GB/s, small enough that a hundred uploads fit in 32 MiB."""

LAST_WORDS_S = 1.0
"""How long a client looks for the answer of a server that stopped reading: it is in the buffer or never comes."""

HANGS_UP_S = 600.0
"""A server that hung up on a kept connection as soon as it was used gets a new one for every request for so long."""

REFUSALS = 32
"""Connections above the cap that may be waiting for their 503 at one time; those above are closed unanswered."""

LOOK_S = 15.0
"""For a look at a device that may or may not be there, in all: a sleeping printer wakes up within about 8 s."""

LOOK_STEP_S = 6.0
"""For one step of a look (connect, TLS, answer): what is slower at one address leaves time for the next."""

LOOK_BYTES = MIB
"""Of a device's answer to a look: the attributes asked for have 2 to 20 KiB."""

LOOK_URIS = 16
"""Addresses tried in one look: two ports, encrypted or not, four usual paths."""

LOOK_CHARS = 500
"""Of the sentence that says why nobody answered."""


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


@attrs.frozen(kw_only=True)
class ClientLimits:
    """What a client grants the servers it calls.  Times in seconds, sizes in bytes."""

    connect_timeout_s: float = attrs.field(default=10.0, validator=[validators.gt(0), validators.le(600)])
    """Name look-up and TCP connection; a printer waking up takes a few seconds."""
    handshake_timeout_s: float = attrs.field(default=15.0, validator=[validators.gt(0), validators.le(600)])
    """TLS handshake; small printers need seconds for one RSA operation."""
    send_timeout_s: float = attrs.field(default=120.0, validator=[validators.gt(0), validators.le(3600)])
    """For the server to take one piece (up to 256 KiB); a printer stops reading while it prints a page."""
    document_timeout_s: float = attrs.field(default=300.0, validator=[validators.gt(0), validators.le(3600)])
    """For the caller's own document to give its next piece."""
    answer_timeout_s: float = attrs.field(default=60.0, validator=[validators.gt(0), validators.le(3600)])
    """From the end of a request to the end of its answer."""
    printing_timeout_s: float = attrs.field(default=300.0, validator=[validators.gt(0), validators.le(3600)])
    """The same after a document: small printers answer only when they have printed it."""
    answer_bytes: int = attrs.field(default=16 * MIB, validator=[validators.ge(1 * KIB), validators.le(4096 * MIB)])
    """The longest answer body accepted."""
    header_bytes: int = attrs.field(default=64 * KIB, validator=[validators.ge(1 * KIB), validators.le(MIB)])
    """The longest answer head accepted."""
    keep_idle_s: float = attrs.field(default=5.0, validator=[validators.ge(0), validators.le(600)])
    """How long an idle connection is kept for the next request; below what servers commonly keep."""
    connections: int = attrs.field(default=8, validator=[validators.ge(1), validators.le(1000)])
    """To one server at once; further requests wait."""
