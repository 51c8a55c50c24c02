"""What ``tympan doctor`` is told of Bonjour: whether this computer may ask on its links, and whether anybody answers.

- A question of its own is sent, as every sweep sends; that the system lets it go is the permission that is asked about.
- macOS refuses it to a program that was not let into the local network; firewalls refuse it elsewhere.
"""

from __future__ import annotations

import errno
import functools
import ipaddress
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

import trio

from tympan.plugin import Examined, Health
from tympan_discovery_bonjour._discoverer import Bonjour
from tympan_discovery_bonjour._interfaces import addresses_of

_TOPIC: Final = "bonjour"
_PORT: Final = 5353
_GROUP: Final = {4: "224.0.0.251", 6: "ff02::fb"}
_QUESTION: Final = b"\0\0\0\0\0\1\0\0\0\0\0\0" + b"\x09_services\x07_dns-sd\x04_udp\x05local\0" + b"\0\x0c\x80\x01"
"""Which kinds of service there are (RFC 6763 section 9), answered to the asker alone (RFC 6762 section 5.4)."""

_FORBIDDEN: Final = frozenset({errno.EPERM, errno.EACCES, errno.EHOSTUNREACH})
"""What systems say to who must not send there; macOS says that there is no way."""

_ELSEWHERE: Final = "Printers in other networks are found by a scan, or added by their address."


class BonjourExaminer:
    """``Examiner`` of Bonjour."""

    def __init__(self, bonjour: Bonjour, ask: Callable[[str], None] | None = None) -> None:
        self._bonjour = bonjour
        self._ask = ask or _asked

    async def examine(self) -> Sequence[Examined]:
        """The links, a question on each, and what is in view."""
        wanted = self._bonjour.interfaces
        every = await trio.to_thread.run_sync(addresses_of, wanted)
        links = [link for link in every if ":" not in link] or every[:1]  # who may ask by one family may by the other
        if not links:
            then = "Connect it to a network, or look at the setting interfaces of discovery_bonjour."
            return [_told(Health.NOTE, "this computer is on no link it may look on", then)]
        troubles = {link: error for link in links if (error := await self._trouble(link)) is not None}
        if len(troubles) == len(links):
            return [_refused(next(iter(troubles.values())))]
        found = [_told(Health.OK, f"questions go out on {len(links) - len(troubles)} of {len(links)} links")]
        return [*found, await self._view()]

    async def _trouble(self, link: str) -> OSError | None:
        try:
            await trio.to_thread.run_sync(functools.partial(self._ask, link))
        except OSError as error:
            return error
        return None

    async def _view(self) -> Examined:
        if self._bonjour.trouble:
            then = "Stop the program that holds UDP 5353 for itself alone, or let it share the port."
            return _told(Health.PROBLEM, self._bonjour.trouble, then)
        shown, swept = len(await self._bonjour.sightings()), self._bonjour.standing.swept_at
        if shown:
            return _told(Health.OK, f"{shown} devices announce themselves")
        if swept is None:
            return _told(Health.NOTE, "the first sweep has not ended yet", "Look again in half a minute.")
        return _told(Health.NOTE, f"no device announced itself by {swept:%H:%M} UTC", _ELSEWHERE)


def _asked(link: str) -> None:
    """Sends the question on one link."""
    address = ipaddress.ip_address(link.partition("%")[0])
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        if address.version == 4:
            sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(link))
        sender.sendto(_QUESTION, (_GROUP[address.version], _PORT))


def _refused(error: OSError) -> Examined:
    if error.errno not in _FORBIDDEN:
        then = "Look whether the network is up."
        return _told(Health.PROBLEM, f"no question goes out: {error.strerror or error}", then)
    then = "Let the firewall pass UDP 5353 to and from 224.0.0.251 and ff02::fb."
    if sys.platform == "darwin":
        then = "Switch Tympan on in System Settings, Privacy & Security, Local Network."
    return _told(Health.PROBLEM, f"the system does not let this program ask on its links: {error.strerror}", then)


def _told(health: Health, found: str, then: str = "") -> Examined:
    return Examined(topic=_TOPIC, health=health, found=found, then=then)
