"""Numbers of OpenID providers, and of those they vouch for."""

import datetime as dt
from typing import Final

PROVIDERS: Final = 20
"""OpenID providers of one tenant, or of the service: each may be a button on the page of sign-in."""

PROVIDER_RULES: Final = 200
"""Rules, homes or domains of one provider: a page people can still look through."""

PROVIDER_SCOPES: Final = 20
"""Scopes asked of a provider."""

PROVIDER_WAIT_S: Final = 8
"""Seconds a provider may take for one answer: somebody waits in front of a page."""

PROVIDER_BYTES: Final = 512 << 10
"""Bytes of one answer of a provider: discovery documents and key sets have some KiB."""

PROVIDER_KEYS: Final = 100
"""Keys of one provider that are looked at; more are an attack on whoever tries them all."""

PROVIDER_CACHE: Final = dt.timedelta(hours=1)
"""Discovery documents and keys are believed so long."""

PROVIDER_KEYS_AGAIN: Final = dt.timedelta(minutes=1)
"""A token signed with a key nobody knows yet has the keys read again, but no sooner than this after the last time."""

PROVIDER_PAUSE: Final = dt.timedelta(seconds=15)
"""A provider whose documents could not be read is not asked for them again so soon: strangers can have it asked."""

PROVIDERS_KNOWN: Final = 200
"""Providers whose documents one process remembers."""

CLAIM_CHARS: Final = 255
"""A claim's name or value (OpenID Connect Core section 2: a subject has at most 255)."""

CLAIM_VALUES: Final = 1_000
"""Values of one claim that are looked at: groups of one person."""

DEPARTURE: Final = dt.timedelta(minutes=15)
"""Somebody may take so long at the provider: long enough to look for a second factor."""

ID_TOKEN_SKEW: Final = dt.timedelta(minutes=2)
"""A provider's clock may differ by so much."""

ID_TOKEN_AGE: Final = dt.timedelta(minutes=30)
"""An ID token that was made longer ago is not for this sign-in."""

LOOK_AGAIN: Final = dt.timedelta(minutes=15)
"""So often is a provider asked whether somebody it vouches for is still welcome."""

LOOK_AGAIN_SOON: Final = dt.timedelta(minutes=1)
"""So long after a provider did not answer is it asked again."""

OWNER_LOOK_AGAIN: Final = dt.timedelta(seconds=45)
"""The same for service owners: who is disabled at the provider is out within a minute."""

OWNER_VOUCHED: Final = dt.timedelta(minutes=10)
"""A session of a service owner ends when its provider could not be asked for so long."""

VOUCHED: Final = dt.timedelta(hours=2)
"""A session ends when its provider could not be asked for so long."""

VOUCHED_BLIND: Final = dt.timedelta(hours=1)
"""A session of a provider that cannot be asked again, for it gave no refresh token, ends so soon."""
