"""Who vouches for the hub: an authority of this computer's store alone, nobody it knows, or nobody at all."""

from __future__ import annotations

import contextlib
import functools
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import certifi
import pytest
import trio
import trustme

from tympan.plugin import Health
from tympan_transport_https._vouching import issuer_of, store, trust_of

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Stadtwerke Proxy")


@contextlib.asynccontextmanager
async def hub(authority: trustme.CA) -> AsyncIterator[str]:
    """A hub's TLS, and no more; gives its address."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)

    async def answer(stream: trio.SSLStream[trio.SocketStream]) -> None:
        with contextlib.suppress(trio.BrokenResourceError):
            await stream.receive_some()

    async with trio.open_nursery() as nursery:
        serve = functools.partial(trio.serve_ssl_over_tcp, answer, 0, context, host="127.0.0.1")
        [listener] = await nursery.start(serve)
        yield f"https://localhost:{listener.transport_listener.socket.getsockname()[1]}"
        nursery.cancel_scope.cancel()


async def test_an_authority_that_only_this_computer_trusts_is_named_as_one_that_may_read_along(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with hub(authority) as address:
        told = await trust_of(address)
    assert told.health is Health.NOTE
    assert "Stadtwerke Proxy vouches for the hub" in told.found and str(tmp_path / "ca.pem") in told.found
    assert "reads along" in told.found and "fingerprint begins" in told.then


async def test_an_authority_of_the_public_list_is_well(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "ca.pem"))
    async with hub(authority) as address:
        told = await trust_of(address)
    assert told.health is Health.OK and "the public list alike" in told.found and not told.then


async def test_who_is_not_believed_is_named_with_the_store_that_was_asked(authority: trustme.CA) -> None:
    async with hub(authority) as address:
        told = await trust_of(address)
    assert told.health is Health.PROBLEM
    assert "not believed" in told.found and "Stadtwerke Proxy issued it" in told.found and store() in told.found
    assert "update-ca-certificates" in told.then


async def test_what_speaks_no_tls_is_said() -> None:
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")

        async def plain(stream: trio.SocketStream) -> None:
            with contextlib.suppress(trio.BrokenResourceError):
                await stream.send_all(b"HTTP/1.1 400 no\r\n\r\n")

        nursery.start_soon(trio.serve_listeners, plain, listeners)
        told = await trust_of(f"https://127.0.0.1:{listeners[0].socket.getsockname()[1]}")
        nursery.cancel_scope.cancel()
    assert told.health is Health.PROBLEM and "speaks no TLS" in told.found


async def test_nobody_there_is_no_question_of_trust() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    told = await trust_of(f"https://127.0.0.1:{port}")
    assert told.health is Health.PROBLEM and "no TLS with the hub" in told.found


def test_a_certificate_nobody_can_read_has_an_issuer_all_the_same() -> None:
    assert issuer_of(b"nonsense") == "somebody without a readable name"
