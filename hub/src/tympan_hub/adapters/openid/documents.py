"""What providers publish: the discovery document and the keys, remembered for a while and within bounds."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import attrs
from attrs import frozen
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tympan_hub.adapters.openid.wire import document, text
from tympan_hub.domain.errors import ProviderTrouble
from tympan_hub.domain.limits import PROVIDER_CACHE, PROVIDER_KEYS, PROVIDER_KEYS_AGAIN, PROVIDERS_KNOWN
from tympan_hub.domain.providers import ANY_TENANT, Provider, split_address

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


class Library:
    """Documents of the providers that were asked lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def of(
        self, provider: Provider, client: AsyncOAuth2Client, now: dt.datetime, *, afresh: bool = False
    ) -> Known:
        """A provider's documents; read when they are not known, or too old."""
        known = self._known.get(provider.issuer)
        if known is None or afresh or not known.read_at <= now < known.read_at + PROVIDER_CACHE:
            known = await _read(provider, client, now)
            self._keep(provider.issuer, known)
        return known

    async def with_new_keys(
        self, provider: Provider, client: AsyncOAuth2Client, known: Known, now: dt.datetime
    ) -> Known:
        """The same with keys read again, unless that was just done: a key was changed, or somebody tries us."""
        if known.keys_read_at + PROVIDER_KEYS_AGAIN > now:
            return known
        renewed = attrs.evolve(known, keys=await _keys(client, known.claims), keys_read_at=now)
        self._keep(provider.issuer, renewed)
        return renewed

    def _keep(self, issuer: str, known: Known) -> None:
        self._known[issuer] = known
        self._known.move_to_end(issuer)
        while len(self._known) > PROVIDERS_KNOWN:
            self._known.popitem(last=False)


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
