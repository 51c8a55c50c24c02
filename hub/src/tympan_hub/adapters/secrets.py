"""The hub's keys in files of the state folder, 0600, made once.

Owns five keys: Ed25519 for policy, Ed25519 for access tokens, P-256 of the CA that issues agents' certificates,
AES-256 for what is kept encrypted in the database, and one of which the keys of webhooks and badges are made.
The sixth file is the hub's identity: a name, not a secret.
"""

import base64
import datetime as dt
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from tympan_hub.adapters.authority import Authority
from tympan_hub.domain.errors import BadInput, Conflict, NotSignedIn
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.agents import CERTIFICATE
from tympan_hub.domain.policy import Signature, key_id
from tympan_hub.ports import Bearer

_ALGORITHM: Final = "Ed25519"
_NONCE_OCTETS: Final = 12
"""AES-GCM's (NIST SP 800-38D); random, which is safe for 2^32 seals with one key."""


NAMES: Final = ("identity", "policy.key", "tokens.key", "seal.key", "authority.key", "webhooks.key")
"""The files."""


class FileSecrets:
    """``Secrets``."""

    def __init__(self, folder: Path) -> None:
        """Reads the secrets of a folder, and makes those that are missing.

        Raises:
            Conflict: A file cannot be read or made, others can read it, or it holds no key.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._identity = _kept(folder / "identity", lambda: f"hub-{secrets.token_hex(16)}".encode()).decode("ascii")
            self._policy = Ed25519PrivateKey.from_private_bytes(_kept(folder / "policy.key", _new_ed25519))
            tokens = Ed25519PrivateKey.from_private_bytes(_kept(folder / "tokens.key", _new_ed25519))
            self._webhooks = _kept(folder / "webhooks.key", lambda: secrets.token_bytes(32))
            self._seal = AESGCM(_kept(folder / "seal.key", lambda: AESGCM.generate_key(256)))
            authority = _authority(_kept(folder / "authority.key", _new_p256))
        except (OSError, ValueError, TypeError) as error:
            cause = f"the secrets in {folder} cannot be used: {error}"
            raise Conflict(cause, next_step="Give the folder to the hub's user alone, or restore it.") from error
        self._tokens = OKPKey.import_key(_pem(tokens))
        self.authorities = Authority(authority, self._identity)

    @property
    def identity(self) -> str:
        """As the port says."""
        return self._identity

    def policy_keys(self) -> Mapping[str, bytes]:
        """As the port says."""
        public = self._policy.public_key().public_bytes_raw()
        return {key_id(public): public}

    def sign_policy(self, data: bytes) -> Signature:
        """As the port says."""
        return Signature(key_id=next(iter(self.policy_keys())), signature=self._policy.sign(data))

    def sign_permit(self, data: bytes) -> Signature:
        """As the port says."""
        return self.sign_policy(data)

    def sign_grant(self, data: bytes) -> Signature:
        """As the port says."""
        return self.sign_policy(data)

    def certificate(self, bearer: Bearer, public_key: bytes, now: dt.datetime) -> str:
        """As the port says."""
        key = serialization.load_der_public_key(public_key)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("certificates are for P-256 keys")
        names = [(NameOID.COMMON_NAME, bearer.agent), (NameOID.ORGANIZATION_NAME, bearer.tenant)]
        named = [x509.NameAttribute(oid, value) for oid, value in names]
        return self.authorities.agent(named, key, now, CERTIFICATE)

    def authority(self, now: dt.datetime) -> str:
        """As the port says."""
        return self.authorities.own(now)

    def webhook_key(self, tenant: TenantId, salt: str) -> bytes:
        """As the port says."""
        return hmac.new(self._webhooks, f"{tenant} {salt}".encode(), hashlib.sha256).digest()

    def badge_key(self, tenant: TenantId) -> bytes:
        """As the port says; no webhook's salt has this form."""
        return hmac.new(self._webhooks, f"badges of {tenant}".encode(), hashlib.sha256).digest()

    def access_token(self, bearer: Bearer, now: dt.datetime, expires_at: dt.datetime) -> str:
        """As the port says."""
        claims = {
            "iss": self._identity,
            "aud": self._identity,
            "sub": bearer.agent,
            "tid": bearer.tenant,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._tokens, algorithms=[_ALGORITHM])

    def bearer(self, token: str, now: dt.datetime) -> Bearer:
        """As the port says."""
        try:
            claims = jwt.decode(token, self._tokens, algorithms=[_ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise NotSignedIn("the access token is not one of this hub", next_step="Ask for a new one.") from error
        ours = claims.get("iss") == self._identity and claims.get("aud") == self._identity
        expires = claims.get("exp")
        if not ours or type(expires) is not int or expires <= now.timestamp():
            raise NotSignedIn("the access token has ended", next_step="Ask for a new one.")
        return Bearer(tenant=TenantId(str(claims["tid"])), agent=AgentId(str(claims["sub"])))

    def seal(self, plain: bytes, about: str) -> bytes:
        """As the port says."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + self._seal.encrypt(nonce, plain, about.encode())

    def unseal(self, sealed: bytes, about: str) -> bytes:
        """As the port says."""
        try:
            return self._seal.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], about.encode())
        except (InvalidTag, ValueError) as error:
            cause = "what is kept encrypted cannot be opened with this hub's key"
            raise BadInput(cause, next_step="Restore secrets/seal.key, or enter the secret again.") from error


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """What a file holds; made first when there is none. Two processes that make it at once end with one."""
    if not path.exists():
        _make(path, make())
    if path.stat().st_mode & 0o077:
        raise ValueError(f"others can read {path.name}")
    return base64.b64decode(path.read_bytes(), validate=True)


def _make(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(data))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # a link never replaces a file: the first of two makers wins
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _new_ed25519() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()


def _new_p256() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _authority(encoded: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(encoded, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is no P-256 key")
    return key


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
