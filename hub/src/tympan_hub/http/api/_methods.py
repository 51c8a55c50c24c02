"""What may be asked at an address: whoever asks for something else is told all of it (RFC 9110, 15.5.6).

The framework names the methods of one route alone, and an address has a route for each of its methods.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match, Route


def allowed(request: Request, refused: HTTPException) -> str:
    """The methods of every route at the address that was asked for, as ``Allow`` lists them.

    Args:
        request: What was asked.
        refused: What the framework says of it, with the methods of the first such route.
    """
    first = (refused.headers or {}).get("Allow", "").split(", ")
    here = (route for route in request.app.routes if isinstance(route, Route) and _stands(route, request))
    return ", ".join(sorted({*first, *(method for route in here for method in route.methods or ())} - {""}))


def _stands(route: Route, request: Request) -> bool:
    return route.matches(request.scope)[0] is not Match.NONE
