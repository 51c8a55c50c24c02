"""The key book of a tenant: which agents there are, with which keys, each entry bound to the one before.

- Entries are only ever added: agents pin the newest one they saw, and refuse a book that says otherwise.
- What waits for an administrator is seen in an agent's newest entry alone.
"""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.ids import AgentId, TenantId


class KeyEvent(StrEnum):
    """What happened to an agent's keys."""

    JOINED = "joined"
    PROVED = "proved"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


@frozen(kw_only=True)
class KeyEntry:
    """One entry.

    Attributes:
        tenant: In whose book it stands.
        number: 1 for the first one.
        at: When.
        event: What happened.
        agent: To which agent.
        name: Of the agent, as it was called then.
        identity: Its P-256 key, SubjectPublicKeyInfo in DER.
        recipient: Its key for envelopes; b"" while it has none.
        proof: Signature of that with its own key; b"" from an agent of an earlier release.
        by: Who did it.
        before: Digest of the entry before, hex.
    """

    tenant: TenantId
    number: int
    at: dt.datetime
    event: KeyEvent
    agent: AgentId
    name: str
    identity: bytes
    recipient: bytes = b""
    proof: bytes = b""
    by: str = ""
    before: str

    @property
    def waits(self) -> bool:
        """Whether, being its agent's newest, it waits for an administrator: a key that changed, or nobody proved."""
        unproved = self.event is KeyEvent.JOINED and bool(self.recipient) and not self.proof
        return self.event is KeyEvent.CHANGED or unproved
