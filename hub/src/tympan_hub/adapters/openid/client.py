"""``OpenId``: code flow with PKCE, refresh, sign-out, by authlib; tokens checked by joserfc and the domain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from joserfc import jws, jwt
from joserfc.errors import JoseError

from tympan_hub.adapters.openid.documents import Known, Library
from tympan_hub.adapters.openid.wire import client_of, document, text, told
from tympan_hub.domain.arrivals import (
    Departure,
    Told,
    check_access_token,
    check_id_token,
    told_by,
    wants_more,
)
from tympan_hub.domain.errors import ProviderRefused, Refusal
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.providers import PROVIDER_BYTES
from tympan_hub.domain.providers import Provider, split_address
from tympan_hub.ports import Documents

if TYPE_CHECKING:
    from authlib.integrations.httpx_client import AsyncOAuth2Client

_NO_METHOD = "client_secret_basic"


class OpenIdClient:
    """``OpenId`` over HTTPS.

    Args:
        to_private: Whether tenants' providers may be in the hub's own network; the service's may always.
    """

    def __init__(self, *, to_private: bool = False) -> None:
        self._library, self._outside_library = Library(), Library()
        self._to_private = to_private

    async def documents(self, provider: Provider, now: dt.datetime, *, afresh: bool = False) -> Documents:
        """As the port says."""
        known = await self._known(provider, now, afresh=afresh)
        return Documents(
            authorization_endpoint=known.endpoint("authorization"),
            names_itself=known.says("authorization_response_iss_parameter_supported"),
            signs_out=bool(known.endpoint("end_session")),
            keys=len(known.keys.keys),
        )

    async def leave(self, provider: Provider, departure: Departure, back: str, hint: str, now: dt.datetime) -> str:
        """As the port says."""
        known = await self._known(provider, now)
        more = {"login_hint": hint} if hint else {}
        async with self._client(provider) as client:
            address, _ = client.create_authorization_url(
                known.endpoint("authorization"),
                state=departure.state,
                nonce=departure.nonce,
                code_verifier=departure.verifier,
                redirect_uri=back,
                scope=" ".join(provider.scopes),
                **more,
            )
        return str(address)

    async def redeem(
        self, provider: Provider, secret: str, departure: Departure, code: str, back: str, now: dt.datetime
    ) -> Told:
        """As the port says."""
        known = await self._known(provider, now)
        with told():
            async with self._client(provider, secret, known.method) as client:
                tokens = await client.fetch_token(
                    known.endpoint("token"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=departure.verifier,
                    redirect_uri=back,
                )
                known, claims, algorithm = await self._claims(provider, client, known, text(tokens, "id_token"), now)
                check_id_token(
                    claims,
                    issuer=provider.issuer_of(claims),
                    client_id=provider.client_id,
                    nonce=departure.nonce,
                    now=now,
                )
                check_access_token(claims, text(tokens, "access_token"), algorithm)
                return await self._told(provider, client, known, tokens, claims)

    async def ask_again(self, provider: Provider, secret: str, before: Told, now: dt.datetime) -> Told:
        """As the port says."""
        known = await self._known(provider, now)
        with told():
            async with self._client(provider, secret, known.method) as client:
                tokens = await client.refresh_token(known.endpoint("token"), refresh_token=before.refresh_token)
                claims: Mapping[str, Any] = {"sub": before.subject}
                if text(tokens, "id_token"):
                    known, claims, algorithm = await self._claims(
                        provider, client, known, text(tokens, "id_token"), now
                    )
                    issuer = provider.issuer_of(claims)
                    check_id_token(claims, issuer=issuer, client_id=provider.client_id, nonce=None, now=now)
                    check_access_token(claims, text(tokens, "access_token"), algorithm)
                    if (issuer, claims["sub"]) != (before.issuer, before.subject):
                        raise ProviderRefused("the provider answers for somebody else", why=Refusal.FORGED)
                renewed = {"refresh_token": before.refresh_token, **tokens, "id_token": before.id_token}
                return await self._told(provider, client, known, renewed, claims, issuer=before.issuer)

    async def farewell(self, provider: Provider, id_token: str, back: str, now: dt.datetime) -> str:
        """As the port says."""
        endpoint = (await self._known(provider, now)).endpoint("end_session")
        if split_address(endpoint) is None:
            return ""
        hint = {"id_token_hint": id_token} if id_token else {}
        asked = urlencode({**hint, "client_id": provider.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{asked}"

    def _inside(self, provider: Provider) -> bool:
        return self._to_private or provider.tenant == SERVICE

    def _client(self, provider: Provider, secret: str = "", method: str = _NO_METHOD) -> AsyncOAuth2Client:
        return client_of(provider, secret, method, inside=self._inside(provider))

    def _library_of(self, provider: Provider) -> Library:
        """What was read inside is not told to who may not look there."""
        return self._library if self._inside(provider) else self._outside_library

    async def _known(self, provider: Provider, now: dt.datetime, *, afresh: bool = False) -> Known:
        with told():
            async with self._client(provider) as client:
                return await self._library_of(provider).of(provider, client, now, afresh=afresh)

    async def _claims(
        self, provider: Provider, client: AsyncOAuth2Client, known: Known, token: str, now: dt.datetime
    ) -> tuple[Known, Mapping[str, Any], str]:
        """The claims of an ID token whose signature is the provider's, and the algorithm of it."""
        if not token or len(token) > PROVIDER_BYTES:
            raise ProviderRefused("the provider gave no ID token", why=Refusal.FORGED)
        try:
            if _is_by_unknown_key(token, known):
                known = await self._library_of(provider).with_new_keys(provider, client, known, now)
            found = jwt.decode(token, known.keys, algorithms=known.algorithms)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise ProviderRefused("the ID token is not signed by the provider", why=Refusal.FORGED) from error
        return known, found.claims, str(found.header["alg"])

    async def _told(
        self,
        provider: Provider,
        client: AsyncOAuth2Client,
        known: Known,
        tokens: Mapping[str, Any],
        claims: Mapping[str, Any],
        *,
        issuer: str = "",
    ) -> Told:
        """What claims say, and the user info where they leave something open (Core section 5.3)."""
        endpoint, access = known.endpoint("userinfo"), text(tokens, "access_token")
        if endpoint and access and wants_more(provider, claims):
            more = await document(client, endpoint, token=access)
            if more.get("sub") != claims["sub"]:
                raise ProviderRefused("the user info is about somebody else", why=Refusal.FORGED)
            claims = {**more, **claims}
        told_all = "iss" in claims or len(claims) > 1  # neither ID token nor user info: nothing but that it went well
        return told_by(
            provider,
            issuer or provider.issuer_of(claims),
            claims,
            refresh=text(tokens, "refresh_token"),
            id_token=text(tokens, "id_token"),
            complete=told_all,
        )


def _is_by_unknown_key(token: str, known: Known) -> bool:
    name = jws.extract_compact(token.encode()).headers().get("kid")
    return name is not None and name not in {key.kid for key in known.keys.keys}
