"""What ``tympan doctor`` is told of the hub: whether it answers by each way, who vouches for it, and its clock.

- It asks at once, past the pace of everything else: somebody waits who wants to know how it is now.
- No token, key or body is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

import trio

from tympan.plugin import Examined, Health
from tympan_transport_https._errors import HubError
from tympan_transport_https._limits import CLOCK_S, ECHO_S
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._stream import NoticeStream
from tympan_transport_https._vouching import trust_of
from tympan_wire.hub import BrokerRequest, Operation, encode


class HubExaminer:
    """``Examiner`` of the way to the hub."""

    def __init__(self, membership: HubMembership, link: HttpsLink, stream: NoticeStream) -> None:
        self._membership = membership
        self._link = link
        self._stream = stream

    async def examine(self) -> Sequence[Examined]:
        """One request, as any other of this agent's."""
        member = self._membership.member
        if member is None:
            found = "this computer belongs to no hub"
            return [Examined(topic="hub", health=Health.NOTE, found=found, then="Join one: tympan login URL")]
        try:
            began = trio.current_time()
            await self._link.at_once(Operation.BROKER, encode(BrokerRequest()))  # small, and changes nothing
            took_s, behind = trio.current_time() - began, self._membership.calls.behind
        except HubError as error:
            then = error.next_step or "Look whether this computer is on a network, and whether the address is right."
            away = Examined(topic="hub", health=Health.PROBLEM, found=f"{member.address}: {error.cause}", then=then)
            return [away, *await self._trust(member.address), proxy_of(member.address)]
        how = "and its certificate is believed" if member.address.startswith("https:") else "without TLS"
        answers = f"{member.address} answered in {took_s * 1000:.0f} ms {how}"
        return [
            Examined(topic="hub", health=Health.OK, found=answers),
            await self._notices(),
            *await self._trust(member.address),
            clock(behind),
            proxy_of(member.address),
        ]

    async def _notices(self) -> Examined:
        """An echo is asked for now: a stream that only looks open brings none."""
        then = "Look whether a proxy or a firewall ends connections that stay open."
        try:
            took_s = await self._stream.round_trip(ECHO_S)
        except HubError as error:
            return Examined(topic="notices", health=Health.NOTE, found=f"no echo: {error.cause}", then=then)
        if took_s is not None:
            found = f"the hub's notices come over HTTPS: its echo took {took_s * 1000:.0f} ms"
            return Examined(topic="notices", health=Health.OK, found=found)
        if self._stream.is_open:
            found = f"the stream of notices is open and dead: no echo came within {ECHO_S:g} s"
        else:
            found = "the hub's notices do not come over HTTPS: it is asked every now and then instead"
        return Examined(topic="notices", health=Health.NOTE, found=found, then=then)

    async def _trust(self, address: str) -> Sequence[Examined]:
        """Who vouches for the hub; nothing without TLS, or through a proxy, which alone has the connection."""
        if not address.startswith("https:") or "through the proxy" in proxy_of(address).found:
            return ()
        return [await trust_of(address)]


def clock(behind: dt.timedelta) -> Examined:
    """How this computer's clock stands to the hub's.

    Args:
        behind: How far it is behind; less than nothing where it is ahead.
    """
    off_s = behind.total_seconds()
    if abs(off_s) <= CLOCK_S:
        return Examined(topic="clock", health=Health.OK, found="this computer and its hub agree about the time")
    found = f"this computer's clock is {abs(off_s):.0f} s {'behind' if off_s > 0 else 'ahead of'} its hub's"
    then = "Let the system keep the time (such as: timedatectl set-ntp true)."
    return Examined(topic="clock", health=Health.PROBLEM, found=found, then=then)


def proxy_of(address: str) -> Examined:
    """Which proxy stands between; a password in its address is left out."""
    from urllib.request import getproxies, proxy_bypass  # a megabyte, for somebody who asks the doctor

    parts = urlsplit(address)
    host, proxies = parts.hostname or "", getproxies()
    used = proxies.get(parts.scheme) or proxies.get("all", "")
    if not used or proxy_bypass(host) or host in ("localhost", "127.0.0.1", "::1"):
        return Examined(topic="proxy", health=Health.OK, found="no proxy stands between this computer and its hub")
    where = _place_of(used)
    if not where:
        then = "Look at the proxy that the system or the environment names; signs in its password are percent-encoded."
        return Examined(topic="proxy", health=Health.PROBLEM, found="the proxy's address cannot be read", then=then)
    return Examined(topic="proxy", health=Health.OK, found=f"the hub is reached through the proxy {where}")


def _place_of(proxy: str) -> str:
    """Host and port; "" where they cannot be told from a password, and nothing of it is repeated."""
    try:
        told = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        return f"{told.hostname or ''}" + (f":{told.port}" if told.hostname and told.port else "")
    except ValueError:
        return ""
