"""OpenID providers on the network: asked for their documents, and to exchange what a browser brings."""

import datetime as dt
from typing import Protocol

from attrs import frozen

from tympan_hub.domain.arrivals import Departure, Told
from tympan_hub.domain.providers import Provider


@frozen(kw_only=True)
class Documents:
    """What a provider publishes about itself.

    Attributes:
        authorization_endpoint: Where browsers are sent.
        names_itself: Whether each answer names the issuer (RFC 9207).
        signs_out: Whether it can be told that somebody signs out.
        keys: How many keys it has.
    """

    authorization_endpoint: str
    names_itself: bool
    signs_out: bool
    keys: int


class OpenId(Protocol):
    """The hub as a client of providers.

    Every method raises ``ProviderTrouble`` when the provider does not answer as it should, and ``ProviderRefused`` for
    what it refuses, or what is not to be believed.
    """

    async def documents(self, provider: Provider, now: dt.datetime, *, afresh: bool = False) -> Documents:
        """What it publishes, keys included; ``afresh`` asks it even when that is known."""
        ...

    async def leave(self, provider: Provider, departure: Departure, back: str, hint: str, now: dt.datetime) -> str:
        """The address to send a browser to.

        Args:
            provider: Where to.
            departure: What it leaves with.
            back: Address to come back to.
            hint: Who wants to sign in; "" when nobody said.
            now: The time.
        """
        ...

    async def redeem(
        self, provider: Provider, secret: str, departure: Departure, code: str, back: str, now: dt.datetime
    ) -> Told:
        """What the provider tells for a code, checked against the departure."""
        ...

    async def ask_again(self, provider: Provider, secret: str, before: Told, now: dt.datetime) -> Told:
        """What the provider tells now of somebody, for the refresh token it gave before."""
        ...

    async def farewell(self, provider: Provider, id_token: str, back: str, now: dt.datetime) -> str:
        """The address at which somebody signs out there too; "" when there is none."""
        ...
