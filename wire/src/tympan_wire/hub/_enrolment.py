"""How an agent becomes known to a hub, and how it proves itself afterwards.

- The agent's key (P-256) is made in its vault and never leaves it; the hub sees the public half alone.
- A token enrols one agent once. A person's approval of a user code (RFC 8628) gives the agent such a token.
- Access tokens are short-lived; a new one is had for an assertion signed with the agent's key (RFC 7523).
"""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_wire.hub._version import PROTOCOL


class Platform(StrEnum):
    """What the agent runs on."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class EnrolRequest:
    """An agent asks to be known.

    Attributes:
        token: The one-use token an administrator made, or that the device grant gave.
        public_key: The agent's P-256 key, SubjectPublicKeyInfo in DER, base64.
        recipient: The agent's key for envelopes (`tympan_wire.sealed.Recipient.public`), base64; "" when it has none.
        proof: Signature of the token's UTF-8 bytes with that key (ECDSA with SHA-256, DER), base64: the key is its own.
        recipient_proof: The same of `key_statement`: the key for envelopes is its own, too.
        name: Name for people, such as the machine's host name.
        platform: What it runs on.
        release: The agent's version.
        protocol: The newest protocol it speaks.
    """

    token: str
    public_key: str
    proof: str
    recipient: str = ""
    recipient_proof: str = ""
    name: str
    platform: Platform = Platform.UNKNOWN
    release: str = ""
    protocol: int = PROTOCOL


@frozen(kw_only=True)
class PolicyKey:
    """A key that signs policy, pinned by the agent when it enrols.

    Attributes:
        id: The first 16 hex digits of the key's SHA-256.
        public: 32 bytes of Ed25519, base64.
    """

    id: str
    public: str


@frozen(kw_only=True)
class Enrolled:
    """The agent is known.

    Attributes:
        agent: Its name at this hub.
        tenant: Whose it is.
        tenant_name: For people.
        hub: The hub's own identity, named as audience in assertions.
        certificate: The agent's certificate, PEM.
        policy_keys: Whose signatures on policy the agent is to trust.
    """

    agent: str
    tenant: str
    tenant_name: str = ""
    hub: str
    certificate: str
    policy_keys: tuple[PolicyKey, ...]


@frozen(kw_only=True)
class DeviceCodeRequest:
    """An agent without a token asks for a code that a person can approve (RFC 8628 section 3.1).

    Attributes:
        name: Name for people, such as the machine's host name.
        platform: What it runs on.
        release: The agent's version.
        user: The account of the operating system that asks, so that who approves can be signed in for it; "" for none.
    """

    name: str
    platform: Platform = Platform.UNKNOWN
    release: str = ""
    user: str = ""


@frozen(kw_only=True)
class DeviceCode:
    """The code to show (RFC 8628 section 3.2).

    Attributes:
        device_code: Kept by the agent.
        user_code: Shown to the person.
        verification_uri: Where the person types it.
        verification_uri_complete: The same with the code in it, for a QR code.
        interval_s: Least time between two questions.
        expires_in_s: How long the code lives.
    """

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    interval_s: int = 5
    expires_in_s: int


@frozen(kw_only=True)
class DeviceCodeQuestion:
    """Has the person decided yet (RFC 8628 section 3.4)?"""

    device_code: str


class Grant(StrEnum):
    """What became of a device code (RFC 8628 section 3.5)."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"
    GRANTED = "granted"


@frozen(kw_only=True)
class DeviceCodeAnswer:
    """What the person decided; with the one-use token for `EnrolRequest` when granted."""

    grant: Grant
    token: str = ""


@frozen(kw_only=True)
class TokenRequest:
    """An agent asks for an access token.

    Attributes:
        assertion: A JWT signed with the agent's key (ES256): ``iss`` and ``sub`` the agent, ``aud`` the hub, ``exp`` at
            most five minutes ahead, ``jti`` never used before.
    """

    assertion: str


@frozen(kw_only=True)
class Token:
    """An access token, sent as ``Authorization: Bearer``."""

    access_token: str
    expires_at: dt.datetime


@frozen(kw_only=True)
class RenewRequest:
    """An agent asks for a new certificate for the key it has.

    Attributes:
        recipient: Its key for envelopes, base64; "" leaves what the hub knows.
        recipient_proof: Signature of `key_statement` with its own key (ECDSA with SHA-256, DER), base64.
    """

    recipient: str = ""
    recipient_proof: str = ""


@frozen(kw_only=True)
class Renewed:
    """The new certificate, PEM."""

    certificate: str
