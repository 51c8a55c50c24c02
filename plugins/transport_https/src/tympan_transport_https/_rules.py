"""Pure rules: what an address is, and what an answer of the hub means."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TypeVar
from urllib.parse import urlsplit

from tympan.plugin import Retry
from tympan_transport_https._errors import (
    AgentRevoked,
    BadAddress,
    HubBusy,
    HubError,
    HubForgot,
    HubGarbled,
    HubRefused,
    NotSignedIn,
)
from tympan_transport_https._limits import ADDRESS_CHARS, PACE_MAX_S
from tympan_wire.hub import Code, HubMessageError, Problem, decode

OK, PARTIAL, ELSEWHERE = 200, 206, 307
_A = TypeVar("_A")
_UNAUTHORIZED = 401


def checked_address(text: str) -> str:
    """An address as it is kept: https, or http on loopback, without a slash at its end.

    Raises:
        BadAddress: It is none.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress(text) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not (secure and host and (port is None or port > 0)) or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadAddress(text)
    if len(text) > ADDRESS_CHARS or not text.isprintable() or " " in text.strip():
        raise BadAddress(text)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def refusal(status: int, body: bytes) -> HubError | None:
    """What an answer says no with; None when it is a yes."""
    if status == OK:
        return None
    try:
        problem = decode(Problem, body)
    except HubMessageError:
        return NotSignedIn("HTTP status 401") if status == _UNAUTHORIZED else HubGarbled(f"HTTP status {status}")
    if problem.code is Code.REVOKED:
        return AgentRevoked(problem.detail)
    if status == _UNAUTHORIZED and problem.code is not Code.TOKEN_REFUSED:
        return NotSignedIn(problem.detail)
    if problem.code is Code.NOT_FOUND:
        return HubForgot(problem.detail, problem.next_step)
    if problem.retry.value == Retry.NEVER.value:
        return HubRefused(problem.detail, problem.next_step)
    return HubBusy(problem.detail, min(float(max(problem.retry_after_s, 0)), PACE_MAX_S))


def understood(kind: type[_A], answer: bytes) -> _A:
    """An answer of the hub as a message.

    Raises:
        HubGarbled: It is none of that kind.
    """
    try:
        return decode(kind, answer)
    except HubMessageError as error:
        raise HubGarbled(str(error)) from error


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def renewal_is_due(certificate: str, now: dt.datetime) -> bool:
    """Whether two thirds of a certificate's life are over; one that cannot be read is renewed."""
    from cryptography.x509 import load_pem_x509_certificate  # a megabyte, and only a computer of a hub has one

    try:
        known = load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return True
    life = known.not_valid_after_utc - known.not_valid_before_utc
    return now >= known.not_valid_before_utc + life * 2 / 3
