"""HTTP to providers: answers of bounded size and time, redirects not followed. The only module that imports httpx2.

A provider's address is typed by an administrator of a tenant, so what stands behind it is anybody's. Where it must not
lead inside the hub's own network, a name is resolved once, all of its addresses are looked at, and the connection goes
to one of those: a name that leads elsewhere a moment later leads nowhere. TLS still asks for the name.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2

from tympan_hub.domain.addresses import is_public
from tympan_hub.domain.errors import ProviderRefused, ProviderTrouble, Refusal
from tympan_hub.domain.limits.providers import PROVIDER_BYTES, PROVIDER_WAIT_S
from tympan_hub.domain.providers import Provider, split_address

if TYPE_CHECKING:  # a hundred modules, of no use to a hub whose people have passwords
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_JSON: Final = {"Accept": "application/json"}
_FEW: Final = httpx2.Limits(max_connections=4)
_ONCE: Final = httpx2.Limits(max_connections=4, max_keepalive_connections=0)
"""Where an address is asked in a name's place: a connection kept for it would serve every other name that leads there,
whose certificate nobody looked at."""

_REFUSALS: Final = frozenset({"invalid_grant", "access_denied", "interaction_required", "login_required"})
_ADDRESSES: Final = 2
"""Of a name, tried one after the other."""

_INSIDE: Final = "Whoever runs the hub can allow that: tympan-hub serve --providers-to-private."
_ITS_PAGE: Final = "Look at the provider's page about this application."


class Bounded(httpx2.AsyncBaseTransport):
    """Refuses addresses that are not to be asked, and answers that do not end: by their size, or by their time."""

    def __init__(self, below: httpx2.AsyncBaseTransport) -> None:
        self._below = below

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request."""
        if split_address(str(request.url)) is None:
            raise ProviderTrouble("the provider names an address that is neither https nor this machine")
        request.headers["Accept-Encoding"] = "identity"  # what is unpacked cannot be bounded here
        # Timeouts of the client are of one read each: a byte every few seconds would go on for ever.
        async with asyncio.timeout(PROVIDER_WAIT_S):
            answer = await self._below.handle_async_request(request)
            stream = answer.stream
            if not isinstance(stream, httpx2.AsyncByteStream):
                raise TypeError("an answer without an asynchronous body")
            try:
                answer.stream = httpx2.ByteStream(await _whole(answer, stream))
            finally:
                await stream.aclose()
        return answer

    async def aclose(self) -> None:
        """Gives connections back."""
        await self._below.aclose()


class Outside(httpx2.AsyncBaseTransport):
    """Asks public addresses alone."""

    def __init__(self, below: httpx2.AsyncBaseTransport) -> None:
        self._below = below

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request, to an address that was looked at."""
        name = request.url.host
        error: Exception = OSError("the name has no address")
        for address in (await _outside(name, request.url.port or 443))[:_ADDRESSES]:
            host = f"[{address}]" if ":" in address else address
            meant = httpx2.Request(
                request.method,
                request.url.copy_with(host=host),
                headers=request.headers,  # with the name as Host
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": name},
            )
            try:
                return await self._below.handle_async_request(meant)
            except httpx2.ConnectError as failed:
                error = failed
        raise error

    async def aclose(self) -> None:
        """Gives connections back."""
        await self._below.aclose()


async def _outside(name: str, port: int) -> list[str]:
    """Where a name leads; raises ``ProviderTrouble`` when any of it is inside."""
    async with asyncio.timeout(PROVIDER_WAIT_S):
        entries = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    if not all(is_public(ipaddress.ip_address(each.partition("%")[0])) for each in addresses):
        raise ProviderTrouble("the provider's address leads into a private network", next_step=_INSIDE)
    return addresses


async def _whole(answer: httpx2.Response, stream: httpx2.AsyncByteStream) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise ProviderTrouble("the provider packs its answers although it was asked not to")
    body = bytearray()
    async for chunk in stream:
        body += chunk
        if len(body) > PROVIDER_BYTES:
            raise ProviderTrouble(f"the provider's answer has more than {PROVIDER_BYTES} bytes")
    return bytes(body)


@functools.cache
def _trust() -> ssl.SSLContext:
    """The system's trust store; reading it takes longer than a request."""
    return httpx2.create_ssl_context()


def client_of(provider: Provider, secret: str, method: str, *, inside: bool) -> AsyncOAuth2Client:
    """A client of a provider.

    Args:
        provider: Which one.
        secret: The client secret; "" for what takes none.
        method: How it authenticates at the token endpoint.
        inside: Whether the provider may be in the hub's own network, or on its machine.
    """
    from authlib.integrations.httpx_client import AsyncOAuth2Client

    below = httpx2.AsyncHTTPTransport(verify=_trust(), limits=_FEW if inside else _ONCE)
    return AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=secret,
        token_endpoint_auth_method=method,
        code_challenge_method="S256",
        transport=Bounded(below if inside else Outside(below)),
        timeout=httpx2.Timeout(PROVIDER_WAIT_S),
        follow_redirects=False,
    )


async def document(client: AsyncOAuth2Client, address: str, *, token: str = "") -> dict[str, Any]:
    """A JSON object that a provider serves."""
    headers = {**_JSON, **({"Authorization": f"Bearer {token}"} if token else {})}
    answer = await client.request("GET", address, headers=headers, withhold_token=True, auth=None)
    if answer.status_code != 200:
        raise ProviderTrouble(f"the provider answers {answer.status_code} for {_short(address)}")
    try:
        found = answer.json()
    except (ValueError, RecursionError) as error:
        raise ProviderTrouble(f"what the provider has at {_short(address)} is no JSON") from error
    if not isinstance(found, dict):
        raise ProviderTrouble(f"what the provider has at {_short(address)} is no JSON object")
    return found


def text(found: Mapping[str, Any], name: str) -> str:
    """A member that is a text; "" for anything else."""
    value = found.get(name)
    return value if isinstance(value, str) else ""


@contextmanager
def told() -> Iterator[None]:
    """Failures of the network and of OAuth as the hub's errors."""
    from authlib.integrations.base_client import OAuthError

    try:
        yield
    except OAuthError as error:
        said = f"the provider says {str(error.error)!r:.80}"
        if error.error in _REFUSALS:
            raise ProviderRefused(said, why=Refusal.DENIED) from error
        raise ProviderTrouble(said, next_step=_ITS_PAGE) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
        raise ProviderTrouble("the provider does not answer", next_step="Try again in a minute.") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProviderTrouble("the provider's answer cannot be read", next_step=_ITS_PAGE) from error


def _short(address: str) -> str:
    return f"{address:.200}"
