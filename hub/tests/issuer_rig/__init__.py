"""An OpenID provider of the tests' own, which lies as it is told to: a real one would not."""

from issuer_rig._contoso import URL, Contoso, wish
from issuer_rig._issuer import CLIENT, SECRET, Issuer, issuing

__all__ = ["CLIENT", "SECRET", "URL", "Contoso", "Issuer", "issuing", "wish"]
