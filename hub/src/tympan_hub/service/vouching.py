"""A provider's word for a session: what is kept of it, sealed, and carried from half a sign-in to the session."""

import datetime as dt
import json

import attrs

from tympan_hub.domain.arrivals import Told, Vouched
from tympan_hub.domain.ids import TokenHash
from tympan_hub.domain.providers import Provider
from tympan_hub.ports import Secrets


def vouching(
    secrets: Secrets, known: Provider, told: Told, key: TokenHash, *, due_at: dt.datetime, now: dt.datetime
) -> Vouched:
    """What a provider told, as it is kept for a session, or for half of one."""
    tokens = json.dumps([told.refresh_token, told.id_token]).encode()
    return Vouched(
        session=key,
        whose=known.tenant,
        provider=known.id,
        issuer=told.issuer,
        subject=told.subject,
        tokens=secrets.seal(tokens, _about(key)),
        due_at=due_at,
        confirmed_at=now,
    )


def carried(secrets: Secrets, vouched: Vouched, key: TokenHash) -> Vouched:
    """The same for another session: its tokens are sealed anew, for they are bound to where they are kept."""
    tokens = secrets.unseal(vouched.tokens, _about(vouched.session))
    return attrs.evolve(vouched, session=key, tokens=secrets.seal(tokens, _about(key)))


def tokens_of(secrets: Secrets, vouched: Vouched) -> tuple[str, str]:
    """Refresh token and ID token."""
    refresh, id_token = json.loads(secrets.unseal(vouched.tokens, _about(vouched.session)))
    return str(refresh), str(id_token)


def _about(key: TokenHash) -> str:
    return f"tokens of {key}"
