"""The portal as an application, mounted beside the agents' API when somebody first asks for a page."""

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tympan_hub.domain.errors import HubError
from tympan_hub.http.portal import (
    _account,
    _activate,
    _agents,
    _api_tokens,
    _arrivals,
    _assignments,
    _audit,
    _badges,
    _bridge,
    _checks,
    _devices,
    _door,
    _enrolment,
    _group_computers,
    _groups,
    _held,
    _home,
    _installs,
    _invitations,
    _job_list,
    _jobs,
    _keeping,
    _keys,
    _kiosk,
    _links,
    _mail,
    _people,
    _phone_app,
    _point_device,
    _points,
    _policy,
    _print_page,
    _printers,
    _providers,
    _pull,
    _queues,
    _reach,
    _scans,
    _second_factor,
    _shares,
    _sign_in,
    _stations,
    _trouble,
    _tunnel,
    _update_floor,
    _updates,
    _usage,
    _webhooks,
)
from tympan_hub.http.portal._portal import Portal
from tympan_hub.http.portal._static import Static
from tympan_hub.ports import Clock
from tympan_hub.service import Services

_ROUTERS = (
    _sign_in,
    _second_factor,
    _arrivals,
    _home,
    _activate,
    _pull,
    _shares,
    _tunnel,
    _printers,
    _assignments,
    _queues,
    _checks,
    _reach,
    _scans,
    _devices,
    _job_list,
    _jobs,
    _keeping,
    _usage,
    _bridge,
    _phone_app,
    _print_page,
    _door,
    _held,
    _point_device,
    _points,
    _kiosk,
    _stations,
    _keys,
    _enrolment,
    _agents,
    _installs,
    _update_floor,
    _updates,
    _policy,
    _audit,
    _people,
    _badges,
    _group_computers,
    _groups,
    _invitations,
    _providers,
    _webhooks,
    _api_tokens,
    _account,
    _mail,
    _links,
)


def application(services: Services, clock: Clock, public_url: str, bridge_ports: Sequence[int]) -> FastAPI:
    """The portal; arguments as those of `portal`."""
    address, bridges = public_url.rstrip("/"), _bridge.addresses(bridge_ports)
    return _application(Portal(services=services, clock=clock, address=address, bridges=bridges))


def _application(stands_on: Portal) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.portal = stands_on
    app.mount("/static", Static(), "static")
    # As they were made where they stand: to include them makes each anew, which takes a tenth of a hub's start.
    app.router.routes.extend(route for module in _ROUTERS for route in module.router.routes)
    app.add_exception_handler(HubError, _trouble.of_hub_error)
    app.add_exception_handler(HTTPException, _trouble.of_http_error)
    app.add_exception_handler(RequestValidationError, _trouble.of_http_error)
    app.add_exception_handler(Exception, _trouble.of_fault)
    return app
