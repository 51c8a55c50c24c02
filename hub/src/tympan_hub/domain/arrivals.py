"""A sign-in at an OpenID provider: what goes out, what comes back, and whether it may be believed.

All of it is pure: the clock is an argument, signatures were checked before.
"""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from tympan_hub.domain.errors import ProviderRefused, Refusal
from tympan_hub.domain.ids import PersonId, ProviderId, TenantId, TokenHash
from tympan_hub.domain.limits.providers import CLAIM_CHARS, ID_TOKEN_AGE, ID_TOKEN_SKEW
from tympan_hub.domain.people import Role
from tympan_hub.domain.providers import EMAIL_DOMAIN, Provider, claim, list_claim, text_claim

_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


@frozen(kw_only=True)
class Departure:
    """Somebody on the way to a provider. The browser carries it, sealed, in a cookie; it ends once they are back.

    Attributes:
        tenant: Whose provider.
        provider: Which one.
        state: Comes back with the browser: proves that this browser left.
        nonce: Comes back within the token: proves that the token was made for this.
        verifier: Proves to the provider that who left asks (RFC 7636).
        then: Path of the portal to go on to.
        expires_at: Too late from then on.
        person: Who is to be linked to whoever they are there; "" when somebody signs in.
        session: The session in which they asked for that.
    """

    tenant: TenantId
    provider: ProviderId
    state: str
    nonce: str
    verifier: str
    then: str
    expires_at: dt.datetime
    person: str = ""
    session: str = ""


@frozen(kw_only=True)
class Answer:
    """What a browser brings back from the provider (OpenID Connect Core 3.1.2.5, RFC 9207)."""

    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str = ""


@frozen(kw_only=True)
class Told:
    """What a provider told, checked.

    Attributes:
        issuer: Who told it.
        subject: The person's name there, never given to another.
        email: Their address; "" when it was not told.
        email_verified: Whether the provider vouches for it.
        name: For people; "" when it was not told.
        login: Their name at computers; "" when it was not told.
        groups: Values of the claim of groups.
        home: Value of the claim that tells the tenant; "" when there is none.
        refresh_token: To ask again later; "" when none was given.
        id_token: As it came; "" when none was given.
        complete: Whether it told about the person at all, or only that they are still welcome.
    """

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    login: str = ""
    groups: tuple[str, ...] = ()
    home: str = ""
    refresh_token: str = ""
    id_token: str = ""
    complete: bool = True


@frozen(kw_only=True)
class Identity:
    """A person as a provider knows them.

    Attributes:
        tenant: Whose.
        issuer: Where.
        subject: As whom.
        person: Who that is here.
        own_role: The role they have apart from the provider.
        given_role: The role they were given last, so that a change by hand is seen.
        linked_at: Since when.
        seen_at: When the provider told of them last.
    """

    tenant: TenantId
    issuer: str
    subject: str
    person: PersonId
    own_role: Role
    given_role: Role
    linked_at: dt.datetime
    seen_at: dt.datetime


@frozen(kw_only=True)
class Vouched:
    """A session that a provider vouches for.

    Attributes:
        session: Which one.
        whose: Whose provider, ``SERVICE`` for one of many tenants.
        provider: Which one.
        issuer: As whom the person is known there: issuer ...
        subject: ... and subject.
        tokens: Refresh token and ID token, sealed.
        due_at: When the provider is to be asked again.
        confirmed_at: When it last said yes.
    """

    session: TokenHash
    whose: TenantId
    provider: ProviderId
    issuer: str
    subject: str
    tokens: bytes
    due_at: dt.datetime
    confirmed_at: dt.datetime


def check_answer(answer: Answer, departure: Departure, issuer: str, *, names_itself: bool, now: dt.datetime) -> None:
    """Raises ``ProviderRefused`` unless this is the answer to that departure.

    Args:
        answer: What the browser brought.
        departure: What it left with.
        issuer: The provider's.
        names_itself: Whether the provider promised to tell its name in each answer (RFC 9207).
        now: The time.
    """
    if not hmac.compare_digest(answer.state.encode(), departure.state.encode()) or departure.expires_at <= now:
        raise ProviderRefused("this sign-in was not begun here, or too long ago", why=Refusal.STALE)
    if answer.issuer != issuer and (names_itself or answer.issuer):
        raise ProviderRefused("the answer names another issuer", why=Refusal.FORGED)
    if answer.error:
        why = Refusal.DENIED if answer.error == "access_denied" else Refusal.FAILED
        raise ProviderRefused(f"the provider says {answer.error!r:.80}", why=why)
    if not answer.code:
        raise ProviderRefused("the answer has no code", why=Refusal.FORGED)


def check_id_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str | None, now: dt.datetime
) -> None:
    """Raises ``ProviderRefused`` for an ID token that is not for us, not from them, or not of now.

    Follows OpenID Connect Core sections 3.1.3.7 and, without a nonce to expect, 12.2.
    """
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    subject, moment = claims.get("sub"), now.timestamp()
    expires, issued, begins = (_number(claims, name) for name in ("exp", "iat", "nbf"))
    skew, age = ID_TOKEN_SKEW.total_seconds(), ID_TOKEN_AGE.total_seconds()
    told = claims.get("nonce")
    faults = {
        "issuer": not issuer or claims.get("iss") != issuer,
        "audience": client_id not in audiences or not all(isinstance(each, str) for each in audiences),
        "authorized party": claims.get("azp", client_id if len(audiences) == 1 else None) != client_id,
        "subject": not isinstance(subject, str) or not 1 <= len(subject) <= CLAIM_CHARS or not subject.isprintable(),
        "expiry": expires is None or expires + skew <= moment,
        "time of issue": issued is None or issued > moment + skew or issued + age <= moment,
        "beginning": "nbf" in claims and (begins is None or begins > moment + skew),
        "nonce": nonce is not None
        and not (isinstance(told, str) and hmac.compare_digest(told.encode(), nonce.encode())),
    }
    wrong = [name for name, fault in faults.items() if fault]
    if wrong:
        raise ProviderRefused(f"the ID token is refused for its {', '.join(wrong)}", why=Refusal.FORGED)


def check_access_token(claims: Mapping[str, Any], access_token: str, algorithm: str) -> None:
    """Raises ``ProviderRefused`` when the ID token names another access token (Core 3.1.3.6: at_hash)."""
    if "at_hash" not in claims:
        return
    digest = _HASHES.get(algorithm[-3:], hashlib.sha512)(access_token.encode()).digest()  # EdDSA: Ed25519 has SHA-512
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    told = claims["at_hash"]
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), half.encode()):
        raise ProviderRefused("the ID token belongs to another access token", why=Refusal.FORGED)


def told_by(
    provider: Provider, issuer: str, claims: Mapping[str, Any], *, refresh: str, id_token: str, complete: bool
) -> Told:
    """What the claims say, read by the provider's names for them."""
    names = provider.claims
    email = text_claim(claims, names.email).lower()
    vouched = claims.get("email_verified")
    verified = (vouched is True or vouched == "true") and names.email == "email"
    domain = email.rpartition("@")[2] if verified else ""
    return Told(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=email,
        email_verified=verified,
        name=text_claim(claims, names.name),
        login=text_claim(claims, names.login),
        groups=list_claim(claims, names.groups),
        home=domain if names.home == EMAIL_DOMAIN else text_claim(claims, names.home),
        refresh_token=refresh,
        id_token=id_token,
        complete=complete,
    )


def wants_more(provider: Provider, claims: Mapping[str, Any]) -> bool:
    """Whether something that is looked for does not stand in these claims, so that it may stand in the user info."""
    names = provider.claims
    wanted = {names.name, names.email, names.login, names.groups, names.home} - {"", EMAIL_DOMAIN}
    return any(claim(claims, name) is None for name in wanted)


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    found = claims.get(name)
    return (
        float(found) if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1e15 else None
    )
