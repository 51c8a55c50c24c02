"""What only the holder of the hub's keys can do; the keys themselves never leave the adapter."""

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.policy import Signature
from tympan_hub.domain.uploads import Uploader


@frozen(kw_only=True)
class Bearer:
    """Whose access token it is."""

    tenant: TenantId
    agent: AgentId

    @property
    def uploader(self) -> Uploader:
        """The same as whose uploads they are."""
        return Uploader(tenant=self.tenant, agent=self.agent)


class Secrets(Protocol):
    """The hub's keys at work."""

    @property
    def identity(self) -> str:
        """The hub's own name: issuer and audience of tokens."""
        ...

    def policy_keys(self) -> Mapping[str, bytes]:
        """Public keys (Ed25519, 32 bytes) by their id, whose signatures agents are to trust."""
        ...

    def sign_policy(self, data: bytes) -> Signature:
        """A signature by the policy key."""
        ...

    def sign_permit(self, data: bytes) -> Signature:
        """A signature by the same key, over the encoding of a permit; what is encoded says that it is no policy."""
        ...

    def sign_grant(self, data: bytes) -> Signature:
        """A signature by the same key, over the encoding of a release grant, which says that it is nothing else."""
        ...

    def certificate(self, bearer: Bearer, public_key: bytes, now: dt.datetime) -> str:
        """A client certificate for an agent's key (SubjectPublicKeyInfo, DER), as PEM."""
        ...

    def authority(self, now: dt.datetime) -> str:
        """The certificate of who issues those, PEM: for whoever is shown one."""
        ...

    def webhook_key(self, tenant: TenantId, salt: str) -> bytes:
        """The key (32 bytes) that signs deliveries of a webhook with this salt."""
        ...

    def badge_key(self, tenant: TenantId) -> bytes:
        """The key (32 bytes) with which numbers of a tenant's badges are digested."""
        ...

    def access_token(self, bearer: Bearer, now: dt.datetime, expires_at: dt.datetime) -> str:
        """An access token."""
        ...

    def bearer(self, token: str, now: dt.datetime) -> Bearer:
        """Whose token it is; raises ``NotSignedIn`` for one that is not ours or has ended."""
        ...

    def seal(self, plain: bytes, about: str) -> bytes:
        """Encrypts what is kept in the database; ``about`` says what it is and whose, and is needed to open it."""
        ...

    def unseal(self, sealed: bytes, about: str) -> bytes:
        """What was sealed; raises ``BadInput`` for what was not sealed here, or not about this."""
        ...
