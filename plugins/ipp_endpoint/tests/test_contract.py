"""The ports the endpoint offers, as the kernel and the site meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from tympan.plugin import LocalApp, LocalCaller, Service
from tympan.testing import FakeHost
from tympan_ipp_endpoint import plugin
from tympan_ipp_endpoint._app import IppEndpoint
from tympan_wire.ipp import Operation

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter


def test_one_object_is_both_ports() -> None:
    (app,), (service,) = plugin.register_local_apps(), plugin.register_services()
    assert app.port is service.port and isinstance(service.port, Service)
    assert isinstance(app.port, LocalApp)
    assert app.port.prefix == "/ipp/print"
    assert app.port.callers == {LocalCaller.SPOOLER, LocalCaller.TOKEN}


@pytest.mark.anyio
async def test_nothing_is_answered_before_and_after_the_service_runs(
    counter: Counter, new_host: Callable[..., FakeHost]
) -> None:
    endpoint = IppEndpoint()
    from_outside = type(counter)(new_host(), endpoint)
    assert (await from_outside.post(b"")).status == 503
    async with trio.open_nursery() as nursery:
        nursery.start_soon(endpoint.run, from_outside.host)
        with trio.fail_after(5):
            await from_outside.host.ready_event.wait()
        assert (await from_outside.ask(Operation.GET_PRINTER_ATTRIBUTES)).code == 0
        nursery.cancel_scope.cancel()
    assert (await from_outside.post(b"")).status == 503


@pytest.mark.anyio
async def test_stopping_abandons_jobs_without_document(counter: Counter, new_host: Callable[..., FakeHost]) -> None:
    endpoint, host = IppEndpoint(), new_host()
    client = type(counter)(host, endpoint)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(endpoint.run, host)
        with trio.fail_after(5):
            await host.ready_event.wait()
        await client.ask(Operation.CREATE_JOB)
        nursery.cancel_scope.cancel()
    assert client.only_job().state.value == "aborted"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "kind", "status"), [("GET", "", 404), ("PUT", "", 405), ("POST", "text/plain", 415), ("POST", "", 415)]
)
async def test_what_is_no_ipp_over_http_is_refused_as_http(
    counter: Counter, method: str, kind: str, status: int
) -> None:
    from_client = counter.endpoint.handle(Bare(method=method, kind=kind))
    assert (await from_client).status == status


@attrs.frozen(kw_only=True)
class Bare:
    """A ``LocalRequest`` whose body must not be read."""

    method: str
    kind: str
    query: str = ""
    first: bool = True
    path: str = "/ipp/print/none"

    def header(self, name: str) -> str | None:
        return self.kind if name == "content-type" else None

    async def uid(self) -> int | None:
        await trio.lowlevel.checkpoint()
        return None

    def stream(self) -> AsyncIterator[bytes]:
        raise AssertionError("the body of a refused request is not read")

    async def body(self, limit_bytes: int) -> bytes:
        raise AssertionError("the body of a refused request is not read")
