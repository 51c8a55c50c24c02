"""How the hub says no to programs: RFC 9457 problems, from the hub's errors by one table."""

from typing import Final

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from tympan_hub.domain.errors import (
    AgentRevoked,
    BadInput,
    Conflict,
    HubError,
    NotAllowed,
    NotConverted,
    NotFound,
    NotSignedIn,
    TokenRefused,
    TooLarge,
    TooMany,
    TooOld,
    TooSlow,
    Unavailable,
)
from tympan_wire.hub import Code, Problem, Retry, encode

_UNAVAILABLE_S: Final = 5


@frozen
class Said:
    """The status and code of an error."""

    status: int
    code: Code


ERRORS: Final[dict[type[HubError], Said]] = {
    BadInput: Said(400, Code.BAD_MESSAGE),
    NotSignedIn: Said(401, Code.NOT_SIGNED_IN),
    TokenRefused: Said(401, Code.TOKEN_REFUSED),
    NotAllowed: Said(403, Code.NOT_ALLOWED),
    AgentRevoked: Said(403, Code.REVOKED),
    NotFound: Said(404, Code.NOT_FOUND),
    Conflict: Said(409, Code.CONFLICT),
    NotConverted: Said(422, Code.BAD_MESSAGE),
    TooLarge: Said(413, Code.TOO_LARGE),
    TooSlow: Said(408, Code.UNAVAILABLE),
    TooOld: Said(426, Code.TOO_OLD),
    TooMany: Said(429, Code.TOO_MANY),
    Unavailable: Said(503, Code.UNAVAILABLE),
}
_MISTAKE: Final = Said(500, Code.UNAVAILABLE)


def said_of(error: HubError) -> Said:
    """Status and code of an error, by its class or the nearest one above it."""
    return next((ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS), _MISTAKE)


def problem_response(error: HubError) -> Response:
    """An error as a problem."""
    said, wait_s = said_of(error), wait_of(error)
    problem = Problem(
        code=said.code,
        detail=error.cause,
        next_step=error.next_step,
        retry=Retry.LATER if error.later else Retry.NEVER,
        retry_after_s=wait_s,
    )
    return Response(encode(problem), said.status, headers_of(said.status, wait_s), "application/problem+json")


def wait_of(error: HubError) -> int:
    """Seconds to wait before the same can succeed; 0 when it does not matter."""
    if isinstance(error, TooMany):
        return error.retry_after_s
    return _UNAVAILABLE_S if error.later else 0


def headers_of(status: int, wait_s: int) -> dict[str, str]:
    """What a no says in its head, by its status and the seconds to wait."""
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (408, 413):  # what follows of the body is not read, so the connection cannot be used again
        headers["Connection"] = "close"
    return headers


async def on_hub_error(_: Request, error: Exception) -> Response:
    """Handler of what the hub raises on purpose."""
    if not isinstance(error, HubError):
        raise error
    return problem_response(error)


async def on_mistake(_: Request, __: Exception) -> Response:
    """Handler of everything else: a mistake of ours, of which nothing is told."""
    problem = Problem(code=_MISTAKE.code, detail="the hub made a mistake; it is in its log", retry=Retry.LATER)
    return Response(encode(problem), _MISTAKE.status, media_type="application/problem+json")
