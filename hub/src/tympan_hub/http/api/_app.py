"""The API as an application of its own, mounted beside the agents' API and the portal."""

import functools
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from tympan_hub.domain.errors import HubError
from tympan_hub.http.api import (
    _account,
    _agents,
    _assignments,
    _audit,
    _badges,
    _commands,
    _conversions,
    _device_lists,
    _devices,
    _groups,
    _hand_ins,
    _invitations,
    _jobs,
    _keeping,
    _keys,
    _mail,
    _near,
    _overview,
    _people,
    _policy,
    _printers,
    _providers,
    _reach,
    _release_points,
    _releases,
    _scans,
    _sealed_hand_ins,
    _shares,
    _sign_ins,
    _stations,
    _tenants,
    _tokens,
    _tunnel,
    _updates,
    _usage,
    _webhooks,
)
from tympan_hub.http.api._body import WholeBody
from tympan_hub.http.api._invalid import of_invalid
from tympan_hub.http.api._late import PREFIX
from tympan_hub.http.api._no import of_fault, of_http_error, of_hub_error
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service import Services

_MODULES: Final = (
    _account,
    _updates,
    _agents,
    _keys,
    _sign_ins,
    _printers,
    _tunnel,
    _shares,
    _device_lists,
    _devices,
    _assignments,
    _commands,
    _conversions,
    _jobs,
    _keeping,
    _mail,
    _near,
    _overview,
    _usage,
    _policy,
    _people,
    _badges,
    _groups,
    _hand_ins,
    _invitations,
    _providers,
    _reach,
    _release_points,
    _releases,
    _scans,
    _sealed_hand_ins,
    _stations,
    _tenants,
    _audit,
    _tokens,
    _webhooks,
)
CONVERTING: Final = frozenset({"convert-document", "hand-in-document"})
"""Operations that say themselves with 422 of what no PDF can be made."""

_TITLE: Final = "Tympan hub"
_VERSION: Final = "1"
_SERVERS: Final = [{"url": PREFIX}]
_ABOUT: Final = """Everything the portal does, for programs.

Show a token, made in the portal under *Account → API tokens*, as `Authorization: Bearer tym_…`. It acts in the tenant
it was made in; a service owner's token names the tenant with the parameter `tenant`. A trusted station, such as a badge
reader beside a device, has a token of its own, which is good for `/station/releases` alone.

* **Errors** are `application/problem+json` (RFC 9457) with a `code`, the cause, and what to do.
* **Lists** come in pages: give the `next` of one as `after` to get the following one; `null` ends the list.
* **Creating requests** take an `Idempotency-Key`: asked again under the same key within a day, a request is not done
  again and gets the same answer.
* **Changes** take `If-Match` with the `ETag` that was read; what changed since is answered with 412.
* **Limit:** a token that asks too often gets 429 and `Retry-After`.
"""


def api(services: Services) -> FastAPI:
    """The API's application."""
    app = FastAPI(
        title=_TITLE,
        version=_VERSION,
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        servers=_SERVERS,
        root_path_in_servers=False,
        middleware=[Middleware(WholeBody)],
        exception_handlers={
            HubError: of_hub_error,
            HTTPException: of_http_error,
            RequestValidationError: of_invalid,
            Exception: of_fault,
        },
    )
    app.state.services = services
    app.router.routes.extend(_routes())
    app.openapi = _document  # type: ignore[method-assign]
    return app


@functools.cache
def _routes() -> tuple[BaseRoute, ...]:
    """As they were made where they stand: they hold nothing of one application, and to include them makes each anew."""
    routes = tuple(route for module in _MODULES for route in module.router.routes)
    ours = [route for route in routes if isinstance(route, ApiRoute)]
    named = [route.path for route in ours if not route.param_convertors]
    for route in ours:
        route.spare(named)
    return routes


@functools.cache
def _document() -> dict[str, Any]:
    """The OpenAPI document, without the 422 that FastAPI puts to every route: such a request is answered with 400."""
    made = get_openapi(title=_TITLE, version=_VERSION, description=_ABOUT, routes=_routes(), servers=_SERVERS)
    for path in made["paths"].values():
        for operation in path.values():
            if operation["operationId"] not in CONVERTING:
                operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
    return made
