"""Everything tympan_net raises on purpose.

    NetError
    ├── PortTaken                 a listener could not be opened
    ├── HangUp                    a handler wants the connection dropped unanswered
    ├── RequestError              the caller of our server broke off or broke the rules
    │   ├── BodyTooLarge
    │   ├── BodyMalformed
    │   ├── BodyStalled
    │   └── ClientGone
    └── PeerError                 a server we called could not be reached or trusted, or answered nonsense
        ├── Unreachable
        ├── TimedOut
        ├── TlsFailed
        │   └── CertificateChanged
        ├── PeerMisbehaved
        │   └── AnswerTooLarge
        ├── HttpStatusError
        └── IppStatusError

`str(error)` is a sentence for the user: the cause, then the next step.  `retry` says whether trying again can help.
Errors of httpx, h11, ssl and the socket layer never leave this distribution; they stand in `__cause__`.
"""

import enum
from typing import ClassVar


class Retry(enum.Enum):
    """Whether the same attempt can succeed if made again."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


class NetError(Exception):
    """Root of the tree; `str()` of it is a sentence for the user."""

    retry: ClassVar[Retry] = Retry.NEVER


class PortTaken(NetError):
    """The TCP port asked for belongs to another program, or may not be bound by this user."""

    retry = Retry.LATER

    def __init__(self, host: str, port: int, *, forbidden: bool = False) -> None:
        cause = "may not be opened by this user" if forbidden else "is in use by another program"
        step = "choose a port above 1023" if forbidden else "stop that program or choose another port"
        super().__init__(f"Port {port} on {host} {cause}; {step}.")
        self.host = host
        self.port = port


class HangUp(NetError):
    """Raised by a handler, or by the iterator of its body, to drop the connection without a (further) word."""

    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("The connection was dropped on purpose; try again later.")


class RequestError(NetError):
    """A request to our server that cannot be finished; left uncaught it becomes the HTTP answer `status`."""

    status: ClassVar[int] = 400


class BodyTooLarge(RequestError):
    """The request body is longer than the handler accepts."""

    status = 413

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"The request body is longer than {limit_bytes} bytes; send a shorter one.")
        self.limit_bytes = limit_bytes


class BodyMalformed(RequestError):
    """The request body breaks HTTP's framing rules."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"The request body is not valid HTTP ({cause}); correct the client.")


class BodyStalled(RequestError):
    """The client stopped sending in the middle of the body."""

    status = 408
    retry = Retry.LATER

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"No more of the request body arrived for {timeout_s:g} s; send the request again.")


class ClientGone(RequestError):
    """The client closed the connection before the body was complete."""

    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("The client closed the connection before its request was complete; send the request again.")


class PeerError(NetError):
    """A server we called: unreachable, untrusted or misbehaving."""


class Unreachable(PeerError):
    """No connection could be made, or it broke."""

    retry = Retry.LATER

    def __init__(self, peer: str, cause: str) -> None:
        super().__init__(f"{peer} cannot be reached ({cause}); check that it is switched on and on this network.")
        self.peer = peer


class TimedOut(PeerError):
    """The other side did not answer within the deadline."""

    retry = Retry.LATER

    def __init__(self, peer: str, step: str, timeout_s: float) -> None:
        super().__init__(f"{peer} did not finish to {step} within {timeout_s:g} s; try again when it is less busy.")
        self.peer = peer


class TlsFailed(PeerError):
    """The TLS handshake failed or the certificate is not trusted."""

    def __init__(self, peer: str, cause: str) -> None:
        super().__init__(f"No trusted TLS connection to {peer} ({cause}); pin its certificate or install its issuer.")
        self.peer = peer


class CertificateChanged(TlsFailed):
    """The certificate is not the pinned one: a renewed certificate, or somebody in between."""

    def __init__(self, peer: str, expected: str, found: str) -> None:
        PeerError.__init__(
            self,
            f"{peer} shows another certificate than the pinned one (expected {expected}, found {found}); "
            "nothing was sent. Ask who renewed it, then accept the new one.",
        )
        self.peer = peer
        self.expected = expected
        self.found = found


class PeerMisbehaved(PeerError):
    """The answer breaks HTTP or IPP."""

    def __init__(self, peer: str, cause: str) -> None:
        super().__init__(f"{peer} gave an answer that cannot be used ({cause}); check its address and firmware.")
        self.peer = peer


class AnswerTooLarge(PeerMisbehaved):
    """The answer is longer than the caller accepts."""

    def __init__(self, peer: str, limit_bytes: int) -> None:
        super().__init__(peer, f"longer than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes
