"""Problems as the OpenAPI document describes them, and those of requests that are not as it says."""

from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from tympan_hub.http.api._no import problem

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


async def of_invalid(_: Request, error: Exception) -> Response:
    """Handler of parameters and bodies that are not as the document says."""
    if not isinstance(error, RequestValidationError):
        raise error
    faults = "; ".join(_fault(fault) for fault in error.errors()[:_FAULTS_MOST])
    return problem(400, "bad-request", faults, "Look into /api/v1/openapi.json.")


def _fault(fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where:.100}: {fault['msg']:.200}".encode(errors="replace").decode()
