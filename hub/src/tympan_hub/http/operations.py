"""What those who run the hub ask: is it alive, is it ready, what does it do.

- ``/healthz`` says that the process answers: whoever gets no answer starts it again.
- ``/readyz`` says whether requests make sense: whoever gets 503 sends them to another process meanwhile.
- ``/metrics`` stands on a listener of its own, which others do not reach.
"""

import time
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tympan_hub.ports import Meter
from tympan_hub.service.health import HealthService

_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHERWISE: Final = "(none)"


def health_routes(health: HealthService) -> list[Route]:
    """``/healthz`` and ``/readyz``."""

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_: Request) -> Response:
        problems = await health.problems()
        well = not any(problems.values())
        shown = {name: problem or "ok" for name, problem in problems.items()}
        return JSONResponse({"ready": well, **shown}, 200 if well else 503)

    return [Route("/healthz", alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


def operations(health: HealthService, meter: Meter) -> Starlette:
    """The application of the listener for those who run the hub."""

    async def metrics(_: Request) -> Response:
        return Response(meter.text(await health.levels()), headers={"Content-Type": _METRICS})

    return Starlette(routes=[*health_routes(health), Route("/metrics", metrics, methods=["GET"])])


class Metered:
    """Counts every request by the pattern of its route: what a stranger asks for makes no new row."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, outer = time.perf_counter(), 500, scope.get("app")

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._tell(outer, scope, status, time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)

    def _tell(self, outer: object, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHERWISE
        self._meter.request(method, route_of(outer, scope), status, seconds)


def route_of(outer: object, scope: Scope) -> str:
    """The pattern of the path that was asked for, as the routers left it; of what nobody has, where it ended."""
    route, root, path = scope.get("route"), str(scope.get("root_path", "")), scope["path"]
    if any(isinstance(plain, Route) and plain.path == path for plain in getattr(outer, "routes", ())):
        return str(path)
    if isinstance(route, Mount) or route is None:
        return root or _OTHERWISE
    return root + str(getattr(route, "path", "")) or _OTHERWISE
