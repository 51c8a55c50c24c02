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
import http
from typing import ClassVar

from tympan_wire.ipp import Attribute, Status, status_keyword


class Retry(enum.StrEnum):
    """Whether the same attempt can succeed if made again."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


class NetError(Exception):
    """Root of the tree.

    Attributes:
        retry: whether the same attempt can succeed if made again.
    """

    retry: Retry = Retry.NEVER

    @property
    def user_message(self) -> str:
        """One sentence for the user: the cause and the next step."""
        return str(self)


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
    """No connection could be made, or it broke; ``why`` is the cause alone, for a sentence of the caller's."""

    retry = Retry.LATER

    def __init__(self, peer: str, cause: str) -> None:
        super().__init__(f"{peer} cannot be reached ({cause}); check that it is switched on and on this network.")
        self.peer = peer
        self.why = cause


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


class HttpStatusError(PeerError):
    """An HTTP status where only 200 makes sense.

    Attributes:
        status: the HTTP status code.
        headers: of the answer, names in lower case (401 says in www-authenticate what it wants).
    """

    def __init__(self, peer: str, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(f"{peer} refused the request with HTTP status {_named(status)}; {_next_step(status)}.")
        self.peer = peer
        self.status = status
        self.headers = headers
        self.retry = Retry.LATER if status in _HTTP_LATER else Retry.NEVER


class IppStatusError(PeerError):
    """An IPP status of 0x0400 or above (RFC 8011 appendix B).

    Attributes:
        status: the status code.
        message: the printer's own status-message, possibly empty.
        unsupported: what it names in its unsupported-attributes group.
    """

    def __init__(self, peer: str, status: int, message: str, unsupported: tuple[Attribute, ...] = ()) -> None:
        said = f", saying {message!r}" if message else ""
        names = ", ".join(attribute.name for attribute in unsupported)
        blamed = f" because of {names}" if names else ""
        later = status in _IPP_LATER
        step = "it may accept the same request later" if later else "change the request before sending it again"
        super().__init__(f"{peer} answered {status_keyword(status)}{blamed}{said}; {step}.")
        self.peer = peer
        self.status = status
        self.message = message
        self.unsupported = unsupported
        self.retry = Retry.LATER if later else Retry.NEVER


_HTTP_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})

_IPP_LATER = frozenset(
    {
        Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
        Status.SERVER_ERROR_DEVICE_ERROR,
        Status.SERVER_ERROR_TEMPORARY_ERROR,
        Status.SERVER_ERROR_NOT_ACCEPTING_JOBS,
        Status.SERVER_ERROR_BUSY,
    }
)


def _named(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _next_step(status: int) -> str:
    if status in (401, 403):
        return "it wants credentials or does not know this client"
    if status in (404, 405):
        return "check the path of its address"
    return "try again later" if status in _HTTP_LATER else "check its address"
