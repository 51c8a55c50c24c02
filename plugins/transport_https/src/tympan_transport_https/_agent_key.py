"""The agent's key: P-256, made here, kept in the vault; what it signs. Pure.

Assertions are JWTs (RFC 7523) under ES256 (RFC 7518 section 3.4).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from tympan_wire.hub import key_statement

_COORDINATE_BYTES = 32


class AgentKey:
    """The private key and what it is used for."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @classmethod
    def make(cls) -> AgentKey:
        """A new one."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, der: bytes) -> AgentKey:
        """One kept before; raises ``ValueError`` when it is none."""
        private = load_der_private_key(der, None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise ValueError("it is no P-256 key")
        return cls(private)

    def der(self) -> bytes:
        """As the vault keeps it (PKCS #8)."""
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def sealed_pem(self, password: bytes) -> bytes:
        """Encrypted under a password (PKCS #8, PEM)."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))

    def public(self) -> str:
        """SubjectPublicKeyInfo in DER, base64."""
        public = self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode()

    def proof(self, token: str) -> str:
        """Shows that the key is ours: the token, signed."""
        return base64.b64encode(self._private.sign(token.encode(), ec.ECDSA(SHA256()))).decode()

    def recipient_proof(self, recipient: bytes) -> str:
        """Shows that a key for envelopes is ours, too: its statement, signed."""
        return base64.b64encode(self._private.sign(key_statement(recipient), ec.ECDSA(SHA256()))).decode()

    def assertion(self, agent: str, hub: str, now: dt.datetime, life_s: int) -> str:
        """What an access token is given for: this agent is who it says, for this hub, now and once."""
        issued = int(now.timestamp())
        claims = {"iss": agent, "sub": agent, "aud": hub, "iat": issued, "exp": issued + life_s}
        signed = f"{_part({'alg': 'ES256', 'typ': 'JWT'})}.{_part({**claims, 'jti': secrets.token_urlsafe(16)})}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{_url64(r.to_bytes(_COORDINATE_BYTES, 'big') + s.to_bytes(_COORDINATE_BYTES, 'big'))}"


def _part(table: dict[str, object]) -> str:
    return _url64(json.dumps(table, separators=(",", ":")).encode())


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
