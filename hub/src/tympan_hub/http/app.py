"""The application: guards around the agents' API, and what else is mounted."""

from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits.requests import REQUEST_S
from tympan_hub.http.agent import agent_routes
from tympan_hub.http.api import PREFIX, late_api, nothing_here, of_http_error
from tympan_hub.http.guards import BodyLimit, NoNul, SafeHeaders
from tympan_hub.http.operations import Metered, health_routes
from tympan_hub.http.problems import on_hub_error, on_mistake
from tympan_hub.http.updates import UpdateFiles
from tympan_hub.ports import Meter
from tympan_hub.service import Services
from tympan_wire.hub import UPDATES_PATH

Mount = Callable[[Starlette, Services], None]
"""Adds routes to the application."""


def create_app(
    services: Services,
    *,
    public_url: str,
    mounts: Iterable[Mount] = (),
    meter: Meter | None = None,
    request_s: float = REQUEST_S,
    updates: Path | None = None,
) -> Starlette:
    """The hub's application.

    Args:
        services: The use cases.
        public_url: Where people and agents reach it; "" for where a request says that it came to.
        mounts: What else it serves, such as the portal.
        meter: Counts its requests.
        request_s: Seconds the body of a request may take, apart from what its length adds.
        updates: The folder of the update repository; None for none.
    """
    app = Starlette(
        middleware=[
            *([Middleware(Metered, meter)] if meter else []),
            Middleware(SafeHeaders, https=public_url.startswith("https:")),
            Middleware(NoNul),
            Middleware(BodyLimit, wait_s=request_s),
        ],
        exception_handlers={HubError: on_hub_error, HTTPException: of_http_error, Exception: on_mistake},
    )
    app.router.routes.extend(agent_routes(services, public_url))
    app.mount(PREFIX, late_api(services))
    if updates is not None:
        app.mount(UPDATES_PATH.rstrip("/"), UpdateFiles(updates))
    for elsewhere in ("/api", "/agent"):
        app.mount(elsewhere, nothing_here)
    app.router.routes.extend(health_routes(services.health))
    for mount in mounts:
        mount(app, services)
    return app
