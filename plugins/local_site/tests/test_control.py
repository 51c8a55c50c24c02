"""The control application: answers, errors, and who may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tympan.plugin import BadSetting, IllegalStep, Overloaded, PermissionMissing, StoreFull, TympanError

if TYPE_CHECKING:
    from plugins.local_site.tests.conftest import OpenSite


@pytest.mark.anyio
async def test_an_operation_is_asked_and_answered(site: OpenSite) -> None:
    async with site() as here:
        status, answer = await here.control_ask("printers.add", '{"name": "Büro"}'.encode())
        assert (status, answer) == (200, {"operation": "printers.add", "arguments": {"name": "Büro"}})
        assert (await here.control_ask("status"))[0] == 200
        assert here.control.asked == [("printers.add", {"name": "Büro"}), ("status", {})]


@pytest.mark.anyio
async def test_ping_proves_site_and_token(site: OpenSite) -> None:
    async with site() as here:
        assert await here.control_ask("ping", method="GET") == (200, {"pong": True, "api": 1})
        assert (await here.ask("/api/v1/ping"))[0] == 401
        assert (await here.ask("/api/v1/ping", authorization="Bearer guess"))[0] == 401


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
async def test_arguments_that_are_no_object_are_refused(site: OpenSite, body: bytes) -> None:
    async with site() as here:
        status, answer = await here.control_ask("status", body)
        assert (status, answer["error"], here.control.asked) == (400, "BadInput", [])


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["", "../secret", "UPPER", "a" * 70, "a/b", "%2e"])
async def test_odd_operations_are_not_found(site: OpenSite, name: str) -> None:
    async with site() as here:
        assert (await here.control_ask(name))[0] == 404
        assert here.control.asked == []


@pytest.mark.anyio
async def test_operations_are_not_asked_with_get(site: OpenSite) -> None:
    async with site() as here:
        assert (await here.control_ask("status", method="GET"))[0] == 405


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("failure", "status", "retry"),
    [
        (BadSetting("wrong type", next_step="Mend it."), 400, "never"),
        (PermissionMissing("not asked for", next_step="Mend it."), 403, "never"),
        (IllegalStep("it is over", next_step="Mend it."), 409, "never"),
        (Overloaded("too much", next_step="Mend it."), 429, "later"),
        (StoreFull("no space", next_step="Mend it."), 424, "later"),
    ],
)
async def test_errors_of_the_kernel_keep_cause_and_next_step(
    site: OpenSite, failure: TympanError, status: int, retry: str
) -> None:
    async with site() as here:
        here.control.failure = failure
        found, answer = await here.control_ask("status")
        expected = {"error": type(failure).__name__, "cause": failure.cause, "next": "Mend it.", "retry": retry}
        assert (found, answer) == (status, expected)


@pytest.mark.anyio
async def test_too_many_arguments_are_refused_before_they_are_read(site: OpenSite) -> None:
    async with site() as here:
        status, _ = await here.ask(
            "/api/v1/status", method="POST", body=b"x" * (2 << 20), authorization=f"Bearer {here.control.token}"
        )
        assert (status, here.control.asked) == (413, [])
