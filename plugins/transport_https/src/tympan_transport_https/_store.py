"""The hub's own store, where the hub lets agents fetch a range from it: by an address that is signed for a short time.

- The hub says where over the link that is proved; the store proves itself by the operating system's trust store.
- It is told no token of the hub. Plain http is for a hub on loopback alone, which is reached so itself.
- Nobody is sent to this machine, or to what is one with its link (where clouds keep credentials), by a hub elsewhere.
- What comes is sealed, as what the hub gives is. A store that fails is left for a while: the hub gives the same bytes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import trio

from tympan_net.http_client import HttpAnswer, HttpClient, NetError
from tympan_transport_https._errors import HubAway, HubGarbled
from tympan_transport_https._limits import STORE_ADDRESS_CHARS, STORE_AWAY_S
from tympan_transport_https._rules import PARTIAL
from tympan_wire.hub import STORE_HEADER

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")


class Store:
    """Ranges from the hub's store."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self._away_until = 0.0

    def offer(self) -> Mapping[str, str]:
        """What tells the hub that the store may be named."""
        return {STORE_HEADER: "1"} if trio.current_time() >= self._away_until else {}

    async def fetch(self, hub: str, answer: HttpAnswer) -> HttpAnswer:
        """The range that the hub's answer points to, as if the hub had given it.

        Args:
            hub: The address at which the hub was asked.
            answer: Its redirect.

        Raises:
            HubAway: There is none; the hub is asked for it next time.
        """
        told = dict(answer.headers)
        try:
            wanted = _RANGE.fullmatch(told.get(STORE_HEADER.lower(), ""))
            if wanted is None:
                raise HubGarbled("a store without a range")
            address = _checked(told.get("location", ""), hub)
            return await self._given(address, wanted, told.get("content-range", ""))
        except HubAway:
            self._away_until = trio.current_time() + STORE_AWAY_S
            raise

    async def _given(self, address: str, wanted: re.Match[str], which: str) -> HttpAnswer:
        try:
            given = await self._client.request("GET", address, {"range": wanted[0]})
        except (NetError, ValueError) as error:
            raise HubAway(f"the hub's store cannot be reached: {error}".rstrip(".")) from error
        if given.status != PARTIAL or len(given.body) != int(wanted[2]) - int(wanted[1]) + 1:
            raise HubGarbled(f"a store that answers {given.status} with {len(given.body)} bytes")
        return HttpAnswer(status=PARTIAL, headers=(("content-range", which),), body=given.body)


def _checked(address: str, hub: str) -> str:
    """An address of a store; raises ``HubGarbled`` for what is none."""
    try:
        there, asked = urlsplit(address), urlsplit(hub)
    except ValueError as error:
        raise HubGarbled("a store at no address") from error
    is_plain = there.scheme == "http" and asked.scheme == "http"
    if not there.hostname or not (there.scheme == "https" or is_plain) or len(address) > STORE_ADDRESS_CHARS:
        raise HubGarbled("a store at an address that is not proved")
    if "@" in there.netloc or (_is_near(there.hostname) and not _is_near(asked.hostname or "")):
        raise HubGarbled("a store at an address where none is")
    return address


def _is_near(host: str) -> bool:
    """Whether a host is this machine, or on its link, as the address says it."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.rstrip(".").rpartition(".")[2] == "localhost"
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified)
