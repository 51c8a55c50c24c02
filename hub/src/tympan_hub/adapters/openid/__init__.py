"""The hub as a client of OpenID providers."""

from tympan_hub.adapters.openid.client import OpenIdClient

__all__ = ["OpenIdClient"]
