"""How the hub says no (RFC 9457, ``application/problem+json``)."""

from enum import StrEnum

from attrs import frozen

from tympan_wire._errors import Retry


class Code(StrEnum):
    """Why the hub said no; what a program decides by."""

    BAD_MESSAGE = "bad-message"
    TOO_OLD = "protocol-too-old"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    TOKEN_REFUSED = "token-refused"
    NOT_SIGNED_IN = "not-signed-in"
    NOT_ALLOWED = "not-allowed"
    REVOKED = "agent-revoked"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Problem:
    """A no.

    Attributes:
        code: Why.
        detail: The cause, one sentence.
        next_step: What a person can do; "" when nothing.
        retry: Whether the same request can succeed later.
        retry_after_s: Not before; 0 when it does not matter.
    """

    code: Code
    detail: str
    next_step: str = ""
    retry: Retry = Retry.NEVER
    retry_after_s: int = 0
