"""An OpenID provider of the tests' own, which lies as it is told to: a real one would not."""

from issuer_rig._issuer import Issuer, issuing

__all__ = ["Issuer", "issuing"]
