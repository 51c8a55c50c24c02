"""Who vouches for the hub over TLS, as ``tympan doctor`` tells it: which store, which issuer, and who stands between.

- The hub is believed as its requests are: by the operating system's own store.
- An authority that this computer trusts and the public list does not is an organisation's own, or that of a proxy that
  reads along. Which of them it is, a person can tell; that it is one, they have to hear.
- Who is not believed is looked at without being believed: nothing is sent, and only the issuer's name is told.
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
import sys
from typing import Final
from urllib.parse import urlsplit

from tympan.plugin import Examined, Health
from tympan_net.tls import FirstUse, NetError, OsStore, TlsFailed, fetch_certificate, fingerprint

_PORT: Final = 443
_NAME_CHARS: Final = 80
_STORES: Final = {"win32": "Windows' certificate store", "darwin": "the system's keychain"}
_SHOWN: Final = 16  # hex digits of a fingerprint: enough to compare, and to be read out


async def trust_of(address: str) -> Examined:
    """Who vouches for the hub at an address that begins with ``https://``."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or _PORT
    try:
        shown = await fetch_certificate(host, port, OsStore())
    except TlsFailed as error:
        return await _doubted(host, port, str(error))
    except NetError as error:
        then = "Look whether this computer is on a network, and whether the address is right."
        return Examined(topic="trust", health=Health.PROBLEM, found=f"no TLS with the hub: {error}", then=then)
    issuer, until = issuer_of(shown), _until(shown)
    if await _is_public(host, port):
        found = f"{issuer} vouches for the hub until {until:%Y-%m-%d}, by {store()} and the public list alike"
        return Examined(topic="trust", health=Health.OK, found=found)
    found = (
        f"{issuer} vouches for the hub until {until:%Y-%m-%d}: {store()} trusts them, and no public list does. "
        "It is an authority of your organisation, or a proxy that reads along"
    )
    then = f"Compare with the hub's own certificate; this one's fingerprint begins {fingerprint(shown)[:_SHOWN]}."
    return Examined(topic="trust", health=Health.NOTE, found=found, then=then)


async def _doubted(host: str, port: int, why: str) -> Examined:
    try:
        issuer = issuer_of(await fetch_certificate(host, port, FirstUse()))
    except NetError:
        then = "Look whether the address and its port are those of the hub."
        return Examined(topic="trust", health=Health.PROBLEM, found=f"the hub speaks no TLS there: {why}", then=then)
    found = f"the hub's certificate is not believed: {why.rstrip('.')}. {issuer} issued it; asked was {store()}"
    then = (
        "Put your organisation's authority into that store (on Debian: update-ca-certificates), if it is theirs or "
        "that of a proxy they know of; else somebody else answers for the hub."
    )
    return Examined(topic="trust", health=Health.PROBLEM, found=found, then=then)


async def _is_public(host: str, port: int) -> bool:
    """Whether Mozilla's list, which comes with the HTTP library, has who vouches, too."""
    import certifi  # a file of 300 KB, only when somebody asks

    try:
        await fetch_certificate(host, port, ssl.create_default_context(cafile=certifi.where()))
    except NetError:
        return False
    return True


def issuer_of(certificate: bytes) -> str:
    """The issuer's name, for people."""
    from cryptography import x509  # a megabyte, only when somebody asks
    from cryptography.x509.oid import NameOID

    try:
        name = x509.load_der_x509_certificate(certificate).issuer
    except ValueError:
        return "somebody without a readable name"
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            text = str(attribute.value)
            if text.strip() and text.isprintable():
                return text[:_NAME_CHARS]
    return "somebody without a name"


def _until(certificate: bytes) -> dt.datetime:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(certificate).not_valid_after_utc
    except ValueError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def store() -> str:
    """Which store is asked, for people."""
    if sys.platform in _STORES:
        return _STORES[sys.platform]
    paths = ssl.get_default_verify_paths()
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return f"the store {named or paths.cafile or paths.capath or paths.openssl_cafile}"
