"""Senders of e-mail: whether the operator's own mail server vouches that a letter is from who it says (RFC 8601).

- Only one header counts: the topmost ``Authentication-Results`` with the operator's own name, and only above the second
  ``Received``. Some programs write theirs below the operator's ``Received``, where what a sender brought along stands,
  too: so the operator's server must remove headers with its own name, as the guide says.
- What is vouched for must be the very domain of ``From``: a good signature of another domain says nothing about it.
- Whatever cannot be read counts as not vouched for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.errors import MessageError
from email.headerregistry import Address, AddressHeader
from typing import Final

import attrs

from tympan_hub.domain.limits.mail import RESULTS_BYTES, SENDER_BYTES

_RESULTS: Final = "authentication-results"
_RECEIVED: Final = "received"
_NAMED: Final = {"dmarc": "header.from", "dkim": "header.d", "spf": "smtp.mailfrom"}
"""Methods that can vouch, and the property that says for whom (RFC 8601 section 2.7; RFC 7489 section 11.1)."""

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_METHOD: Final = re.compile(r"([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"(?<![a-z0-9-])([a-z0-9-]+\.[a-z0-9_-]+)\s*=\s*([^\s;]+)", re.IGNORECASE)
"""Looked for where a word begins alone: else a long one takes the square of its length."""


@attrs.frozen(kw_only=True)
class Header:
    """One header of a letter, as it stands there."""

    name: str
    value: str


def sender_of(headers: Sequence[Header]) -> str:
    """The one address a letter says it is from, in lower case; "" where it says none or several (RFC 5322 3.6.2)."""
    values = [header.value for header in headers if header.name.lower() == "from"]
    if len(values) != 1:
        return ""
    addresses = _addresses(values[0])
    return addresses[0].addr_spec.lower() if len(addresses) == 1 else ""


def _addresses(value: str) -> tuple[Address, ...]:
    parsed: dict[str, object] = {"defects": []}
    if len(value) > SENDER_BYTES:
        return ()
    try:
        AddressHeader.parse(value, parsed)
    except (ValueError, IndexError, AttributeError, TypeError, MessageError, RecursionError):
        # The library's parser breaks off so where its own grammar does not foresee what stands there.
        return ()
    groups = parsed["groups"]
    if parsed["defects"] or not isinstance(groups, list):
        return ()
    return tuple(address for group in groups for address in group.addresses)


def vouched_for(headers: Sequence[Header], *, server: str) -> bool:
    """Whether the mail server of this name (its ``authserv-id``) vouches for the one address in ``From``."""
    domain = sender_of(headers).rpartition("@")[2]
    results = _topmost(headers, server)
    return bool(domain) and any(_same(found, domain) for found in _vouched(results))


def _topmost(headers: Sequence[Header], server: str) -> list[str]:
    """The results in the one header that counts, each a method with its properties."""
    received = 0
    for header in headers:
        name = header.name.lower()
        received += name == _RECEIVED
        if received > 1:
            break
        if name == _RESULTS:
            first, *results = _plain(header.value).split(";")
            words = first.split()
            if not words:
                break  # it may be the server's own, whatever its sender did to it
            if _same(words[0], server):
                return results
    return []


def _plain(value: str) -> str:
    """Without comments, which nest, and without quotes; what was quoted keeps no character that would part results.

    "" for what cannot be read, or is too long to be.
    """
    if len(value) > RESULTS_BYTES:
        return ""
    kept, depth, at = [], 0, 0
    while at < len(value):
        quoted = None if depth else _QUOTED.match(value, at)
        if quoted is not None:
            kept.append(re.sub(r"[;=\s()]", "_", quoted[1]))
            at = quoted.end()
            continue
        character = value[at]
        if character == '"' and not depth:
            return ""  # it never ends, and to look for its end again and again takes long
        depth += (character == "(") - (character == ")" and depth > 0)
        if not depth and character != ")":
            kept.append(character)
        at += 2 if depth and character == "\\" else 1
    return "".join(kept) if not depth else ""


def _vouched(results: list[str]) -> Iterator[str]:
    """The domains that passed."""
    for result in results:
        method = _METHOD.match(result.strip())
        if method is None or method[2].lower() != "pass":
            continue
        wanted = _NAMED.get(method[1].lower())
        for name, value in _PROPERTY.findall(result):
            if name.lower() == wanted:
                yield value.rpartition("@")[2]


def _same(one: str, other: str) -> bool:
    return one.rstrip(".").lower() == other.rstrip(".").lower() != ""
