"""A route of the API: what it may answer stands in the document, and a creating one is done once under its key."""

import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from tympan_hub.domain.limits.requests import REPEAT_KEY_CHARS
from tympan_hub.http.api._ask import caller_of, secret_of, services_of
from tympan_hub.http.api._invalid import Problem
from tympan_hub.http.api._no import MEDIA_TYPE
from tympan_hub.service.repeats import Asked, Kept

_KEPT_HEADERS: Final = ("content-type", "etag", "location")

_WHY: Final = {
    400: "A parameter or the body is not as described.",
    401: "No token, or one that has ended.",
    403: "The token's role does not allow it.",
    404: "There is no such thing in this tenant.",
    408: "The body did not arrive in time.",
    409: "It is so already, or something is in the way.",
    412: "It changed since it was read: see If-Match.",
    413: "The body is too large.",
    429: "The token asks too often: see Retry-After.",
    503: "Storage does not answer: try again.",
}
_ALWAYS: Final = (400, 401, 403, 404, 408, 413, 429, 503)
"""Every request may carry a body, wanted or not, and name a tenant."""


def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=REPEAT_KEY_CHARS,
            pattern="^[!-~]+$",
            description="Asked again under the same key within a day, this is not done again and answered the same.",
        ),
    ] = None,
) -> None:
    del idempotency_key


_ONCE: Final = Depends(_key)


class ApiRoute(APIRoute):
    """``APIRoute`` with what all routes of the API have.

    Attributes:
        once: Whether a creating request takes a key; where a repetition does no harm none is needed.
    """

    once = True
    _spared: frozenset[str] = frozenset()

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        methods = set(settings.get("methods") or {"GET"})
        statuses = [
            *_ALWAYS,
            *(() if methods == {"GET"} else (409,)),
            *((412,) if methods & {"PUT", "PATCH", "DELETE"} else ()),
        ]
        settings["responses"] = {**_answers(statuses), **(settings.get("responses") or {})}
        dependencies = list(settings.get("dependencies") or ())
        if "POST" in methods and self.once and _ONCE not in dependencies:
            dependencies.append(_ONCE)
        settings["dependencies"] = dependencies
        super().__init__(path, endpoint, **settings)

    def spare(self, named: Iterable[str]) -> None:
        """Leaves these addresses alone, such as ``/devices/import``: what has a name of its own is nobody's id."""
        self._spared = frozenset(path for path in named if path != self.path and self.path_regex.match(path))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this is asked for; not where another route stands by its whole name, whatever its methods are."""
        match, found = super().matches(scope)
        if self._spared and match is not Match.NONE and self.path_format.format(**found["path_params"]) in self._spared:
            return Match.NONE, {}
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, which does a creating request once."""
        do = super().get_route_handler()
        if "POST" not in (self.methods or ()) or not self.once:
            return do

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            return await do(request) if key is None else await _once(request, key, do)

        return once


async def _once(request: Request, key: str, do: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    caller, body = await caller_of(request), await request.body()
    what = b"\n".join([request.method.encode(), request.url.path.encode(), request.url.query.encode(), body])
    asked = Asked(caller=caller, secret=secret_of(request), key=key, what=what)

    async def doing() -> Kept:
        response = await do(request)
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        return Kept(status=response.status_code, content=json.dumps(headers).encode() + b"\n" + bytes(response.body))

    kept = await services_of(request).repeats.once(asked, doing)
    head, _, content = kept.content.partition(b"\n")
    return Response(content, kept.status, json.loads(head))


def _answers(statuses: list[int]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": _WHY[status], "model": Problem, "content": {MEDIA_TYPE: {}}}
        for status in sorted(statuses)
    }
