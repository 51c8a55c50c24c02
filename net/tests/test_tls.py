"""Trust: the operating system's store, pins, first use; and that a wrong certificate hears nothing."""

import hashlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme

from tympan_net.http_client import HttpClient
from tympan_net.http_server import Request, Response
from tympan_net.ipp_client import ClientLimits, IppClient, Retry
from tympan_net.tls import (
    CertificateChanged,
    FirstUse,
    OsStore,
    Pinned,
    TimedOut,
    TlsFailed,
    Trust,
    Unreachable,
    fetch_fingerprint,
)

pytestmark = pytest.mark.anyio


async def hello(request: Request) -> Response:
    return Response.text("hello" if request.secure else "plain")


def fingerprint_of(certificate: trustme.LeafCert) -> str:
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    return hashlib.sha256(der).hexdigest()


async def get(port: int, trust: Trust) -> str:
    async with HttpClient(trust=trust) as client:
        return (await client.get(f"https://localhost:{port}/")).body.decode()


async def test_a_pin_accepts_its_certificate_and_no_other(
    running: Any, server_tls: ssl.SSLContext, certificate: trustme.LeafCert
) -> None:
    right = fingerprint_of(certificate)
    async with running(hello, ssl_context=server_tls) as bound:
        assert await fetch_fingerprint("localhost", bound.port) == right
        assert await get(bound.port, Pinned(right)) == "hello"
        colons = ":".join(right[at : at + 2] for at in range(0, 64, 2)).upper()
        assert await get(bound.port, Pinned(colons)) == "hello"
        with pytest.raises(CertificateChanged) as caught:
            await get(bound.port, Pinned("ab" * 32))
    assert (caught.value.expected, caught.value.found) == ("ab" * 32, right)
    assert caught.value.retry is Retry.NEVER


async def test_the_os_store_decides_by_issuer_and_name(
    running: Any,
    server_tls: ssl.SSLContext,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async with running(hello, ssl_context=server_tls, host=("127.0.0.1", "127.0.0.2")) as bound:
        with pytest.raises(TlsFailed, match="issuer"):
            await get(bound.port, OsStore())
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await get(bound.port, OsStore()) == "hello"
        async with HttpClient() as client:
            with pytest.raises(TlsFailed, match=r"127\.0\.0\.2"):
                await client.get(f"https://127.0.0.2:{bound.port}/")


async def test_first_use_keeps_to_what_it_saw(running: Any, authority: trustme.CA) -> None:
    first, second = (authority.issue_cert("localhost") for _ in range(2))
    limits = ClientLimits(keep_idle_s=0)
    contexts = []
    for certificate in (first, second):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        contexts.append(context)
    async with (
        running(hello, ssl_context=contexts[0]) as one,
        running(hello, ssl_context=contexts[1]) as two,
        HttpClient(trust=FirstUse(), limits=limits) as client,
    ):
        assert [client.fingerprint] == [None]
        await client.get(f"https://localhost:{one.port}/")
        assert client.fingerprint == fingerprint_of(first)
        with pytest.raises(CertificateChanged):
            await client.get(f"https://localhost:{two.port}/")
        assert client.fingerprint == fingerprint_of(first)


class Eavesdropper:
    """A TLS server that records every application byte it is sent."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.heard = b""
        self.handshakes = 0
        self.ended = 0

    async def accept(self, stream: trio.SocketStream) -> None:
        secured = trio.SSLStream(stream, self._context, server_side=True)
        try:
            await secured.do_handshake()
            self.handshakes += 1
            while piece := await secured.receive_some():
                self.heard += piece
        except trio.BrokenResourceError:
            pass
        finally:
            self.ended += 1
            await trio.aclose_forcefully(stream)


async def secret() -> AsyncIterator[bytes]:
    yield b"confidential"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_with_the_wrong_certificate_hears_nothing(
    server_tls: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    server_tls.maximum_version = version
    spy = Eavesdropper(server_tls)
    wrong = Pinned("00" * 32)
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, spy.accept, 0)
        port = listeners[0].socket.getsockname()[1]
        async with HttpClient(trust=wrong) as http, IppClient(f"ipps://localhost:{port}/x", trust=wrong) as ipp:
            with pytest.raises(CertificateChanged):
                await http.post_stream(f"https://localhost:{port}/", {"authorization": "secret"}, secret())
            with pytest.raises(CertificateChanged):
                await http.post_stream(f"https://localhost:{port}/", None, b"confidential")
            with pytest.raises(CertificateChanged):
                await ipp.print_job(secret(), "text/plain")
        with trio.fail_after(10):
            while spy.ended < 3:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    assert spy.heard == b""
    # In TLS 1.3 the client speaks last, and does not; in 1.2 the server does, so its handshake completes.
    assert spy.handshakes == (3 if version is ssl.TLSVersion.TLSv1_2 else 0)


async def test_a_plain_or_silent_or_absent_server_is_told_apart(running: Any) -> None:
    async with running(hello) as bound:
        with pytest.raises(TlsFailed):
            await fetch_fingerprint("127.0.0.1", bound.port)
    with pytest.raises(Unreachable) as caught:
        await fetch_fingerprint("127.0.0.1", bound.port)
    assert (caught.value.peer, caught.value.why) == (f"127.0.0.1:{bound.port}", "Connection refused")
    with pytest.raises(Unreachable) as caught:
        await fetch_fingerprint("::1", bound.port)
    assert caught.value.peer == f"[::1]:{bound.port}"
    silent = await trio.open_tcp_listeners(0, host="127.0.0.1")
    try:
        with pytest.raises(TimedOut, match="open TLS"):
            port = silent[0].socket.getsockname()[1]
            await fetch_fingerprint("127.0.0.1", port, limits=ClientLimits(handshake_timeout_s=0.2))
    finally:
        await silent[0].aclose()


def test_a_pin_is_64_hexadecimal_digits() -> None:
    with pytest.raises(ValueError, match="fingerprint"):
        Pinned("abc")
