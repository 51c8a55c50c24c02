"""The site on real sockets: mounting, refusing, listening and leaving."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest
import trio

from tympan.plugin import LocalCaller, LocalRequest, LocalResponse, PortsChanged, Retry, Service
from tympan.testing import FakeHost
from tympan_local_site import plugin
from tympan_local_site._errors import PortUnavailable
from tympan_local_site._mounts import Mounts
from tympan_local_site._service import LocalSite, listen, pages_port
from tympan_net.http_server import open_listeners

if TYPE_CHECKING:
    from plugins.local_site.tests.conftest import Echo, FakeControl, OpenSite


def test_the_port_offered_is_a_service() -> None:
    (contribution,) = plugin.register_services()
    assert isinstance(contribution.port, Service)


@pytest.mark.anyio
async def test_an_application_gets_its_requests(site: OpenSite, echo: Callable[..., Echo]) -> None:
    app = echo()
    async with site(app) as here:
        assert await here.ask("/echo/a/b?c=d") == (200, b"/echo/a/b")
        assert await here.ask("/echo", method="POST", body=b"x" * 100_000) == (200, b"x" * 100_000)
        assert (await here.ask("/echoes"))[0] == 404
        assert (await here.ask("/"))[0] == 404
        assert (await here.ask("/starting", method="POST"))[0] == 503  # at 404 CUPS would stop the queue
        assert app.seen == 2


@pytest.mark.anyio
async def test_refused_callers_reach_no_application(site: OpenSite, echo: Callable[..., Echo]) -> None:
    app, closed = echo(), echo(prefix="/closed", callers=frozenset({LocalCaller.TOKEN}))
    async with site(app, closed) as here:
        assert (await here.ask("/echo", host="evil.example"))[0] == 421
        assert (await here.ask("/nowhere", host="evil.example"))[0] == 421
        assert (await here.ask("/echo", origin="https://evil.example"))[0] == 403
        assert (await here.ask("/closed"))[0] == 401
        assert (await here.ask("/closed", authorization="Bearer guess"))[0] == 401
        assert (app.seen, closed.seen) == (0, 0)


@pytest.mark.anyio
async def test_both_loopback_addresses_answer_and_no_other(site: OpenSite, echo: Callable[..., Echo]) -> None:
    async with site(echo()) as here:
        assert (await here.ask("/echo"))[0] == 200
        if socket.has_ipv6:
            assert (await here.ask("/echo", to="::1"))[0] == 200
        with pytest.raises(OSError):
            await here.ask("/echo", to="127.0.0.2")


@pytest.mark.anyio
async def test_whoever_connects_to_a_held_port_while_the_agent_is_away_waits_and_is_answered(
    site: OpenSite, echo: Callable[..., Echo], held: int
) -> None:
    async with site(echo(), port=held) as here:
        assert here.port == held
        assert (await here.ask("/echo"))[0] == 200
    with socket.create_connection(("127.0.0.1", held)) as waiting:
        waiting.sendall(f"GET /echo/waited HTTP/1.1\r\nHost: localhost:{held}\r\nConnection: close\r\n\r\n".encode())
        async with site(echo(), port=held) as again:
            with trio.fail_after(10):
                answer = await trio.to_thread.run_sync(waiting.recv, 4096, abandon_on_cancel=True)
            assert b" 200 " in answer
            assert again.host.logged == []


@pytest.mark.anyio
async def test_a_held_port_that_is_not_the_one_set_is_told(
    site: OpenSite, echo: Callable[..., Echo], held: int
) -> None:
    async with site(echo()) as here:
        assert here.port != held
        [fields] = [line[1] for line in here.host.logged if "service manager" in line[0]]
        assert fields["ports"] == [held]


@pytest.mark.anyio
async def test_attack_what_is_held_for_another_process_is_not_taken(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_PID", "1")
    with pytest.raises(PortUnavailable):
        await listen(held)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    for nonsense in ("x", "-1", "1000000000", ""):
        monkeypatch.setenv("LISTEN_FDS", nonsense)
        with pytest.raises(PortUnavailable):
            await listen(held)


@pytest.mark.anyio
async def test_applications_come_and_go_while_it_runs(site: OpenSite, echo: Callable[..., Echo]) -> None:
    late = echo(prefix="/late")
    async with site() as here:
        assert (await here.ask("/late"))[0] == 404
        for offered, status in (([late], 200), ([], 404)):
            here.host.offered[:] = offered
            here.host.bus.publish(PortsChanged())
            with trio.fail_after(10):
                while (await here.ask("/late"))[0] != status:
                    await trio.sleep(0.01)


@pytest.mark.anyio
async def test_a_failing_application_harms_no_other(site: OpenSite, echo: Callable[..., Echo]) -> None:
    class Broken:
        prefix = "/broken"
        callers = frozenset({LocalCaller.SPOOLER})

        async def handle(self, request: LocalRequest) -> LocalResponse:
            raise RuntimeError("boom")

    async with site(Broken(), echo()) as here:
        assert (await here.ask("/broken"))[0] == 500
        assert (await here.ask("/echo"))[0] == 200
        assert "boom" in str(here.host.logged)


@pytest.mark.anyio
async def test_switched_off_no_socket_stays_open_and_nothing_is_announced(
    site: OpenSite, echo: Callable[..., Echo], listening: Callable[[int], bool]
) -> None:
    async with site(echo()) as here:
        assert listening(here.port)
        stalled = await trio.open_tcp_stream("127.0.0.1", here.port)
        await stalled.send_all(b"POST /echo HTTP/1.1\r\nHost: localhost:%d\r\nContent-Length: 9\r\n\r\n" % here.port)
    assert not listening(here.port)
    assert here.control.announced == [here.port, None]
    await stalled.aclose()


@pytest.mark.anyio
async def test_a_taken_port_names_cause_and_next_step(host_of: Callable[..., tuple[FakeHost, FakeControl]]) -> None:
    taken = await open_listeners(("127.0.0.1",), 0)
    port = taken[0].socket.getsockname()[1]
    host, control = host_of(port=port)
    with pytest.raises(PortUnavailable) as refused:
        await LocalSite().run(host)
    for listener in taken:
        await listener.aclose()
    assert str(port) in refused.value.cause and refused.value.next_step and refused.value.retry is Retry.LATER
    assert control.announced == [] and not host.ready_event.is_set()


@pytest.mark.anyio
async def test_a_machine_without_ipv6_is_served_on_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    from tympan_local_site import _service

    async def no_ipv6(hosts: Sequence[str], port: int) -> list[trio.SocketListener]:
        if "::1" in hosts:
            raise OSError(99, "Cannot assign requested address")
        return await open_listeners(hosts, port)

    monkeypatch.setattr(_service, "open_listeners", no_ipv6)
    listeners = await listen(0)
    assert [listener.socket.getsockname()[0] for listener in listeners] == ["127.0.0.1"]
    for listener in listeners:
        await listener.aclose()


def test_the_nearest_mount_answers_and_the_first_keeps_its_path(echo: Callable[..., Echo]) -> None:
    above, below, again = echo(prefix="/ipp"), echo(prefix="/ipp/print"), echo(prefix="/ipp")
    mounts = Mounts((above, below, again, echo(prefix="bad"), echo(prefix="/")))
    assert mounts.find("/ipp/print/desk") is below and mounts.find("/ipp/system") is above
    assert mounts.find("/ippp") is None and mounts.find("") is None and mounts.find("*") is None
    assert mounts.refused == ("/ipp", "bad", "/")


@pytest.mark.parametrize(
    ("port", "wanted", "second"), [(39149, 0, 39150), (5000, 0, None), (5000, 6000, 6000), (7, 7, None)]
)
def test_pages_have_a_second_port_beside_the_usual_one_or_as_set(port: int, wanted: int, second: int | None) -> None:
    assert pages_port(port, wanted) == second


@pytest.mark.anyio
async def test_at_the_second_port_there_is_nothing_but_what_pages_may_call(
    site: OpenSite, echo: Callable[..., Echo]
) -> None:
    for_pages = echo(prefix="/pages", callers=frozenset({LocalCaller.PORTAL}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        second = probe.getsockname()[1]
    async with site(echo(), for_pages, pages_port=second) as here:
        first, here.port = here.port, second
        assert (await here.ask("/pages", origin="https://print.example"))[0] == 200
        assert (await here.ask("/echo", method="POST"))[0] == 503
        assert (await here.ask("/api/v1/ping", authorization="Bearer s3cret-t0ken"))[0] == 404
        assert (await here.ask("/pages", origin="https://print.example", host=f"localhost:{first}"))[0] == 421


@pytest.mark.anyio
async def test_a_second_port_that_is_taken_stops_nothing(site: OpenSite, echo: Callable[..., Echo]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with site(echo(), pages_port=taken.getsockname()[1]) as here:
            assert (await here.ask("/echo"))[0] == 200
            assert any("second port" in line for line, _ in here.host.logged)
