"""The suite every loopback application must pass: subclass it and give the fixtures ``app`` and ``good_request``.

``good_request`` is a ``FakeLocalRequest`` that the application answers with a status below 400.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

import attrs

from tympan._ports import LocalApp, LocalCaller, LocalResponse
from tympan.testing._expectations import answer, ends_when_cancelled
from tympan.testing._local_app import FakeLocalRequest


class LocalAppSuite:
    """What every application on the loopback listener must do."""

    async def test_it_is_an_app_with_a_place_and_callers(self, app: LocalApp) -> None:
        """The site mounts it there and lets only those in."""
        assert isinstance(app, LocalApp)
        assert app.prefix.startswith("/")
        assert app.prefix == "/" or not app.prefix.endswith("/")
        assert app.callers, "an application that nobody may call serves nobody"
        assert all(isinstance(caller, LocalCaller) for caller in app.callers)

    async def test_a_good_request_is_answered_well_each_time(
        self, app: LocalApp, good_request: FakeLocalRequest
    ) -> None:
        """Nothing of one request is left for the next."""
        for _ in range(2):
            response = await _response(app, good_request)
            assert response.status < 400, f"a good request was answered {response.status}"

    async def test_what_it_does_not_know_is_answered_and_raises_nothing(
        self, app: LocalApp, good_request: FakeLocalRequest
    ) -> None:
        """The site charges an exception to the plugin."""
        stem = app.prefix.rstrip("/")
        for path in (f"{stem}/no/such/thing", f"{stem}/%00", f"{stem}/../..", stem + "/x" * 200):
            assert 400 <= (await _response(app, attrs.evolve(good_request, path=path, content=b""))).status < 600
        for method in ("PUT", "DELETE", "PATCH", "BREW"):
            assert (await _response(app, attrs.evolve(good_request, method=method))).status in range(200, 600)

    async def test_a_body_of_nonsense_is_answered(self, app: LocalApp, good_request: FakeLocalRequest) -> None:
        """Every local program may send one."""
        for content in (b"", b"\x00", b"\xff" * 5000, bytes(range(256)) * 300):
            await _response(app, attrs.evolve(good_request, content=content))

    async def test_it_ends_when_cancelled(self, app: LocalApp, good_request: FakeLocalRequest) -> None:
        """A client that goes away cancels its request."""
        await ends_when_cancelled(functools.partial(app.handle, good_request))


async def _response(app: LocalApp, request: FakeLocalRequest) -> LocalResponse:
    response = await answer(functools.partial(app.handle, request))
    assert isinstance(response, LocalResponse)
    assert 200 <= response.status < 600
    for name, value in response.headers:
        assert name.isascii()
        assert not {"\r", "\n"} & set(name + value), "a header that breaks the line is an attack on the client"
    if not isinstance(response.body, bytes):
        response = attrs.evolve(response, body=b"".join([piece async for piece in response.body]))
    return response
