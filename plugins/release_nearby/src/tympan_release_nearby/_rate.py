"""Rates: so many in a minute, none saved up beyond that; for each phone, and for all of them together.

- A phone is an address it asks from, and in IPv6 a network of 64 bits: every phone has as many addresses there as it
  likes. Who asks too often stops themselves alone.
- The bound for all holds whatever addresses somebody makes up, and so does the number of phones remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

import trio

from tympan_release_nearby._limits import PHONES

_OWN_BITS: Final = 64
"""Of an IPv6 address that name the network; the rest a phone chooses itself (RFC 4291 section 2.5.1)."""


class Rate:
    """Fills up evenly (a token bucket).

    Args:
        per_minute: How many; as many may come at once.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = self._left = float(per_minute)
        self._seen_s: float | None = None

    def take(self) -> bool:
        """Whether one more is within the rate."""
        now_s = trio.current_time()
        passed_s = 0.0 if self._seen_s is None else now_s - self._seen_s
        self._left, self._seen_s = min(self._most, self._left + passed_s * self._most / 60), now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class PhoneRates:
    """A rate for each phone within a rate for all of them.

    Args:
        each: In a minute, of one phone.
        together: In a minute, of all of them.
    """

    def __init__(self, each: int, together: int) -> None:
        self._each = each
        self._together = Rate(together)
        self._of: OrderedDict[str, Rate] = OrderedDict()

    def take(self, address: str) -> bool:
        """Whether one more from this address is within both; one that is too much counts for nobody else."""
        phone = _phone(address)
        rate = self._of.setdefault(phone, Rate(self._each))
        self._of.move_to_end(phone)
        if len(self._of) > PHONES:
            self._of.popitem(last=False)
        return rate.take() and self._together.take()


def _phone(address: str) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _OWN_BITS), strict=False))
