"""What providers publish: the discovery document and the keys, remembered for a while and within bounds."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import anyio
import attrs
from attrs import frozen
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tympan_hub.adapters.openid.wire import document, text
from tympan_hub.domain.errors import ProviderTrouble
from tympan_hub.domain.limits.providers import (
    PROVIDER_CACHE,
    PROVIDER_KEYS,
    PROVIDER_KEYS_AGAIN,
    PROVIDER_PAUSE,
    PROVIDERS_KNOWN,
)
from tympan_hub.domain.providers import ANY_TENANT, Provider, split_address

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

ALGORITHMS: Final = (
    "RS256",
    "ES256",
    "PS256",
    "Ed25519",
    "EdDSA",
    "RS384",
    "RS512",
    "PS384",
    "PS512",
    "ES384",
    "ES512",
)
"""Signatures that are believed: asymmetric ones. With HS256 the client secret, or a public key, would sign."""

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_FAMILIES: Final = frozenset({"RSA", "EC", "OKP"})


@frozen(kw_only=True)
class Known:
    """A provider's documents, and when they were read."""

    claims: Mapping[str, Any]
    keys: KeySet
    read_at: dt.datetime
    keys_read_at: dt.datetime

    def endpoint(self, name: str) -> str:
        """An address of the document; "" when it has none."""
        return text(self.claims, f"{name}_endpoint")

    def says(self, name: str) -> bool:
        """Whether a flag is set."""
        return self.claims.get(name) is True

    @property
    def method(self) -> str:
        """How clients authenticate at the token endpoint."""
        offered = self.claims.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = not isinstance(offered, list) or "client_secret_basic" in offered
        return "client_secret_basic" if basic else "client_secret_post"

    @property
    def algorithms(self) -> list[str]:
        """Signatures that both sides take."""
        offered = self.claims.get("id_token_signing_alg_values_supported")
        taken = [each for each in ALGORITHMS if not isinstance(offered, list) or each in offered]
        return taken or list(ALGORITHMS)


class _Shelf:
    """What is known of one issuer; it is asked by one request at a time, and not again right after it failed."""

    def __init__(self) -> None:
        self.known: Known | None = None
        self.asking = anyio.Lock()
        self._failed_at: dt.datetime | None = None

    def fresh(self, now: dt.datetime) -> Known | None:
        """The documents, when they are young enough to be believed."""
        known = self.known
        return known if known is not None and known.read_at <= now < known.read_at + PROVIDER_CACHE else None

    async def read(self, provider: Provider, client: AsyncOAuth2Client, now: dt.datetime) -> Known:
        """The documents as they are now."""
        self._failed_at, self.known = now, None
        self.known = await _read(provider, client, now)
        self._failed_at = None
        return self.known

    def check_pause(self, now: dt.datetime) -> None:
        """Raises ``ProviderTrouble`` right after a failure: anybody may ask us to ask it."""
        if self._failed_at is not None and self._failed_at <= now < self._failed_at + PROVIDER_PAUSE:
            seconds = PROVIDER_PAUSE.total_seconds()
            raise ProviderTrouble("the provider failed a moment ago", next_step=f"Try again in {seconds:g} s.")


class Library:
    """Documents of the providers that were asked lately."""

    def __init__(self) -> None:
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()

    async def of(
        self, provider: Provider, client: AsyncOAuth2Client, now: dt.datetime, *, afresh: bool = False
    ) -> Known:
        """A provider's documents; read when they are not known, or too old."""
        shelf = self._shelf(provider.issuer)
        if not afresh and (known := shelf.fresh(now)) is not None:
            return known
        async with shelf.asking:
            if not afresh:
                if (known := shelf.fresh(now)) is not None:
                    return known
                shelf.check_pause(now)
            return await shelf.read(provider, client, now)

    async def with_new_keys(
        self, provider: Provider, client: AsyncOAuth2Client, known: Known, now: dt.datetime
    ) -> Known:
        """The same with keys read again, unless that was just done: a key was changed, or somebody tries us."""
        if known.keys_read_at + PROVIDER_KEYS_AGAIN > now:
            return known
        renewed = attrs.evolve(known, keys=await _keys(client, known.claims), keys_read_at=now)
        self._shelf(provider.issuer).known = renewed
        return renewed

    def _shelf(self, issuer: str) -> _Shelf:
        shelf = self._shelves.setdefault(issuer, _Shelf())
        self._shelves.move_to_end(issuer)
        while len(self._shelves) > PROVIDERS_KNOWN:
            self._shelves.popitem(last=False)
        return shelf


async def _read(provider: Provider, client: AsyncOAuth2Client, now: dt.datetime) -> Known:
    claims = await document(client, provider.document_issuer.rstrip("/") + _WELL_KNOWN)
    if text(claims, "issuer") != provider.issuer:
        cause = f"the document names the issuer {text(claims, 'issuer')!r:.200}"
        raise ProviderTrouble(cause, next_step=f"Enter the issuer as the provider spells it; {ANY_TENANT} stays so.")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if split_address(text(claims, name)) is None:
            raise ProviderTrouble(f"the document has no {name} that may be asked")
    methods = claims.get("code_challenge_methods_supported", ["S256"])
    if isinstance(methods, list) and "S256" not in methods:
        raise ProviderTrouble("the provider does not take PKCE with S256")
    return Known(claims=claims, keys=await _keys(client, claims), read_at=now, keys_read_at=now)


async def _keys(client: AsyncOAuth2Client, claims: Mapping[str, Any]) -> KeySet:
    found = (await document(client, text(claims, "jwks_uri"))).get("keys")
    listed = found if isinstance(found, list) else []
    usable = [each for each in listed[:PROVIDER_KEYS] if isinstance(each, dict) and _signs(each)]
    try:
        keys = KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ProviderTrouble("the provider's keys cannot be read") from error
    if not keys.keys:
        raise ProviderTrouble("the provider has no key that signs")
    return keys


def _signs(key: Mapping[str, Any]) -> bool:
    return key.get("kty") in _FAMILIES and key.get("use", "sig") == "sig"
