"""How the API says no: RFC 9457 problems with the hub's code, the cause and the next step."""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tympan_hub.domain.errors import BadInput, Changed, HubError, NotConverted, NotFound, TooSlow
from tympan_hub.http.api._methods import allowed
from tympan_hub.http.problems import headers_of, said_of, wait_of

MEDIA_TYPE: Final = "application/problem+json"
_CODES: Final[dict[type[HubError], str]] = {BadInput: "bad-request", TooSlow: "too-slow"}


def no(error: HubError) -> Response:
    """An error as a problem."""
    said, wait_s = said_of(error), wait_of(error)
    if isinstance(error, Changed):
        return problem(412, "changed", error.cause, error.next_step)
    if isinstance(error, NotConverted):
        why = error.why.value
        return problem(said.status, why, error.cause, error.next_step, reason=why)
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), said.code.value)
    return problem(said.status, code, error.cause, error.next_step, headers_of(said.status, wait_s))


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """An application for the paths that no API has: programs get a problem, and never a page."""
    await _nowhere()(scope, receive, send)


def _nowhere() -> Response:
    return no(NotFound("there is nothing at this address", next_step="Look into /api/v1/openapi.json."))


async def of_hub_error(_: Request, error: Exception) -> Response:
    """Handler of what the hub raises on purpose."""
    if not isinstance(error, HubError):
        raise error
    return no(error)


async def of_http_error(request: Request, error: Exception) -> Response:
    """Handler of what the framework raises: no such path, no such method, a body that is no JSON."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return _nowhere()
    headers = dict(error.headers or {})
    if error.status_code != 405:
        return problem(error.status_code, "bad-request", str(error.detail), "", headers)
    return problem(405, "no-such-method", str(error.detail), "", {**headers, "Allow": allowed(request, error)})


async def of_fault(_: Request, __: Exception) -> Response:
    """Handler of a mistake of ours, of which nothing is told."""
    return problem(500, "unavailable", "the hub made a mistake; it is in its log", "Try again later.")


def problem(
    status: int, code: str, detail: str, next_step: str, headers: dict[str, str] | None = None, reason: str = ""
) -> Response:
    """A problem."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "next_step": next_step,
        **({"reason": reason} if reason else {}),
    }
    return JSONResponse(content, status, headers, MEDIA_TYPE)
