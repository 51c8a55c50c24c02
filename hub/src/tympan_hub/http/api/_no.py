"""How the API says no: RFC 9457 problems with the hub's code, the cause and the next step."""

from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tympan_hub.domain.errors import BadInput, Changed, HubError, NotConverted, NotFound, TooSlow
from tympan_hub.http.problems import headers_of, said_of, wait_of

MEDIA_TYPE: Final = "application/problem+json"
_CODES: Final[dict[type[HubError], str]] = {BadInput: "bad-request", TooSlow: "too-slow"}
_FAULTS_MOST: Final = 10
"""Faults of one request that are told; who made more makes them again."""


class Problem(BaseModel):
    """A no (RFC 9457)."""

    type: str = Field(description="Always `about:blank`: the code tells more.")
    title: str = Field(description="The status in words.")
    status: int
    code: str = Field(description="Why, a keyword that stays the same.")
    detail: str = Field(description="The cause, for people.")
    next_step: str = Field(description="What to do; empty when nothing helps.")
    reason: str = Field("", description="Of a document that is not converted: the code once more. Else left out.")


def no(error: HubError) -> Response:
    """An error as a problem."""
    said, wait_s = said_of(error), wait_of(error)
    if isinstance(error, Changed):
        return _problem(412, "changed", error.cause, error.next_step)
    if isinstance(error, NotConverted):
        why = error.why.value
        return _problem(said.status, why, error.cause, error.next_step, reason=why)
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), said.code.value)
    return _problem(said.status, code, error.cause, error.next_step, headers_of(said.status, wait_s))


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


async def of_http_error(_: Request, error: Exception) -> Response:
    """Handler of what the framework raises: no such path, no such method, a body that is no JSON."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        return _nowhere()
    code = {405: "no-such-method"}.get(error.status_code, "bad-request")
    return _problem(error.status_code, code, str(error.detail), "", dict(error.headers or {}))


async def of_invalid(_: Request, error: Exception) -> Response:
    """Handler of parameters and bodies that are not as the document says."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = "; ".join(_fault(fault) for fault in error.errors()[:_FAULTS_MOST])
    return _problem(400, "bad-request", faults, "Look into /api/v1/openapi.json.")


async def of_fault(_: Request, __: Exception) -> Response:
    """Handler of a mistake of ours, of which nothing is told."""
    return _problem(500, "unavailable", "the hub made a mistake; it is in its log", "Try again later.")


def _fault(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where:.100}: {fault['msg']:.200}".encode(errors="replace").decode()


def _problem(
    status: int, code: str, detail: str, next_step: str, headers: dict[str, str] | None = None, reason: str = ""
) -> Response:
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
