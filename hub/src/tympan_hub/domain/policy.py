"""Policy of the hub's three scopes: documents with numbers, how they are signed, and what they decide.

- Agents get documents that end some weeks ahead, and are given a later end each week under the same number: what a hub
  said that is gone for good does not hold for ever. Agents that do not know of that get documents without an end.
- A switch makes a new edition with the next number; editions are kept, so who changed what and when is never lost.
- The signed form is a DSSE envelope (secure-systems-lab DSSE 1.0) around the payload agents verify.
- The wider scope wins: what the service owner says ON or OFF, a tenant cannot change, nor a group what the tenant says.
- What the groups of an agent say is put together into one document for this agent, with numbers of its own: it changes
  when the agent leaves a group, so no rule of a group outlives it there.
"""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, AgentId, CapabilityKey, GroupId, TenantId
from tympan_hub.domain.limits.policy import POLICY_KEPT, POLICY_RENEWED, RULES

PAYLOAD_TYPE: Final = "application/vnd.tympan.policy+json"
_FORMAT: Final = 1
_FIRST_WEEK: Final = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)  # a Monday

DOCUMENT_NAMES: Final = CapabilityKey("portal.document-names")
"""Whether operators see the titles of other people's documents; off unless switched on."""

USER_ENROLMENT: Final = CapabilityKey("agent.user-enrolment")
"""Whether users may join computers to the hub by approving their codes; off unless switched on."""

SECOND_FACTOR: Final = "portal.second-factor"
"""Beginning of the keys that demand a second factor, by role; off unless switched on."""

SECOND_FACTORS: Final = tuple(
    CapabilityKey(f"{SECOND_FACTOR}.{role}") for role in ("administrator", "operator", "user")
)
"""Those of the roles of a tenant."""

OWNER_FACTOR: Final = CapabilityKey(f"{SECOND_FACTOR}.service-owner")
"""That of the service owner, who alone sees it."""

MOBILITY_CONVERT: Final = CapabilityKey("mobility.convert")
"""Whether the hub converts documents that people hand in; on unless switched off. It sees those documents."""

MOBILITY_PRINT: Final = CapabilityKey("mobility.print")
"""Whether people may hand documents in at the hub, for agents to print; on unless switched off."""

MOBILITY_MAIL: Final = CapabilityKey("mobility.mail")
"""Whether people may send the hub e-mail to be printed; off unless switched on. The hub sees those letters."""

HUB_KEYS: Final = (DOCUMENT_NAMES, USER_ENROLMENT, MOBILITY_PRINT, MOBILITY_CONVERT, MOBILITY_MAIL, *SECOND_FACTORS)
"""Keys the hub itself obeys."""

REQUIRE_SIGN_IN: Final = CapabilityKey("agent.require-sign-in")
"""Whether agents print on the hub's printers only for people who are signed in; on unless switched off."""

AGENT_KEYS: Final = (REQUIRE_SIGN_IN,)
"""Keys every agent obeys, whatever plugins it has."""


MIRROR: Final = CapabilityKey("pull.mirror")
"""Whether held jobs are mirrored, as ciphertext, where a queue says so; on unless switched off."""

PULL_KEYS: Final = (CapabilityKey("pull.release"), MIRROR, CapabilityKey("pull.nearby"), CapabilityKey("hub.mqtt"))
"""Ways in which held jobs are kept and released; shown before any agent has them."""

TUNNEL_SEND: Final = CapabilityKey("tunnel.send")
"""Whether jobs may go through the hub: off unless the service owner switches it on, printer by printer after that."""

TUNNEL_RECEIVE: Final = CapabilityKey("tunnel.receive")
"""Whether an agent prints what comes through the hub; off unless switched on."""

SHARE_QUEUES: Final = CapabilityKey("share.queues")
"""Whether agents share queues of their machines; off unless switched on."""

TUNNEL_PRESIGNED: Final = CapabilityKey("tunnel.presigned")
"""Whether agents may send sealed bytes to the hub's object store without the hub between; off unless switched on."""

TUNNEL_KEYS: Final = (TUNNEL_SEND, TUNNEL_RECEIVE, TUNNEL_PRESIGNED)
"""The tunnel; shown before any agent has it."""

UPDATE: Final = CapabilityKey("agent.update")
"""Whether agents keep themselves up to date; on unless switched off."""

UPDATE_SHARE: Final = CapabilityKey("agent.update.share")
"""Whether agents hand updates on to others near by; off unless switched on."""

UPDATE_KEYS: Final = (UPDATE, UPDATE_SHARE)
"""Updates; shown before any agent has them."""

DISCOVERY_KEYS: Final = tuple(map(CapabilityKey, ("discovery.bonjour", "discovery.wsd", "discovery.ippscan")))
"""Ways in which agents find devices; on unless switched off, and shown before any agent has them."""


class Verdict(StrEnum):
    """What a document says of a key."""

    ON = "on"
    OFF = "off"
    USER = "user"


_STRICTNESS: Final = (Verdict.OFF, Verdict.ON, Verdict.USER)


class Scope(StrEnum):
    """Whose document it is, from wide to narrow; narrower ones lie with agents."""

    OWNER = "service-owner"
    TENANT = "tenant"
    GROUP = "group"


def scope_of(tenant: TenantId) -> Scope:
    """The scope in which one decides who acts for a tenant, or for the service."""
    return Scope.OWNER if tenant == SERVICE else Scope.TENANT


def document_name(tenant: TenantId) -> str:
    """The document's name within its scope."""
    return "hub" if tenant == SERVICE else tenant


@frozen(kw_only=True)
class Edition:
    """One edition of a policy document.

    Attributes:
        tenant: Whose; ``SERVICE`` for the service owner's.
        group: The group it is for; None for the whole tenant.
        number: Grows by one with every edition.
        issued_at: When it was signed.
        by: Who made it.
        key: What was switched.
        before: What it said before; None for nothing.
        after: What it says now; None for nothing.
        rules: All it says.
        envelope: The signed form; "" before it is signed, and for groups, whose agents get a document of their own.
    """

    tenant: TenantId
    group: GroupId | None = None
    number: int
    issued_at: dt.datetime
    by: str
    key: CapabilityKey
    before: Verdict | None = None
    after: Verdict | None = None
    rules: Mapping[CapabilityKey, Verdict] = attrs.field(factory=dict, hash=False)
    envelope: str = ""


@frozen(kw_only=True)
class AgentPolicy:
    """What the groups of one agent decide for it: the one document of the group scope that it gets.

    Attributes:
        tenant: Whose agent.
        agent: Which.
        number: Grows by one whenever the rules change.
        issued_at: When it was signed.
        rules: What it says.
        origins: The name of the group that decides, for each rule.
        envelope: The signed form; "" before it is signed.
    """

    tenant: TenantId
    agent: AgentId
    number: int
    issued_at: dt.datetime
    rules: Mapping[CapabilityKey, Verdict] = attrs.field(factory=dict, hash=False)
    origins: Mapping[CapabilityKey, str] = attrs.field(factory=dict, hash=False)
    envelope: str = ""


@frozen(kw_only=True)
class Effect:
    """What a switch would do, told before it is moved.

    Attributes:
        verdict: How it would be switched; None to take the decision back.
        agents: Agents it reaches, that have what it switches.
        running: Those of them on which it runs now.
        used: Those of them on which it was used lately.
    """

    verdict: Verdict | None
    agents: int = 0
    running: int = 0
    used: int = 0

    @property
    def changed(self) -> int:
        """On how many agents it would be switched."""
        match self.verdict:
            case Verdict.OFF:
                return self.running
            case Verdict.ON:
                return self.agents - self.running
            case _:
                return self.agents


@frozen(kw_only=True)
class Signature:
    """A signature and the name of the key that made it."""

    key_id: str
    signature: bytes


@frozen(kw_only=True)
class Switch:
    """A key as one who may switch it sees it.

    Attributes:
        key: The capability.
        agents: How many of the tenant's agents have it.
        running: On how many of them it runs now.
        verdict: What the own document says; None for nothing.
        wider: What a wider scope says, when it binds; else None.
        wider_scope: Which scope that is.
        changed: The edition that last touched the key in the own scope.
    """

    key: CapabilityKey
    agents: int = 0
    running: int = 0
    verdict: Verdict | None = None
    wider: Verdict | None = None
    wider_scope: Scope | None = None
    changed: Edition | None = None

    @property
    def bound(self) -> bool:
        """Whether a wider scope has decided it."""
        return self.wider is not None


def next_edition(
    tenant: TenantId,
    last: Edition | None,
    key: CapabilityKey,
    verdict: Verdict | None,
    *,
    now: dt.datetime,
    by: str,
    group: GroupId | None = None,
) -> Edition:
    """The edition in which a key says this; None takes the key out."""
    rules = dict(last.rules) if last else {}
    before = rules.pop(key, None)
    if verdict is not None:
        rules[key] = verdict
    if len(rules) > RULES:
        raise BadInput(f"a policy has at most {RULES} rules", next_step="Take out those that are needed no longer.")
    return Edition(
        tenant=tenant,
        group=group,
        number=last.number + 1 if last else 1,
        issued_at=now,
        by=by,
        key=key,
        before=before,
        after=verdict,
        rules=rules,
    )


def end_at(now: dt.datetime) -> dt.datetime:
    """When documents end that are given out now: the same moment for a week, so that the same state stays the same."""
    weeks = (now - _FIRST_WEEK) // POLICY_RENEWED
    return _FIRST_WEEK + (weeks + 1) * POLICY_RENEWED + POLICY_KEPT


def payload(edition: Edition, expires_at: dt.datetime | None = None) -> bytes:
    """What is signed, as agents read it."""
    table = {
        "format": _FORMAT,
        "scope": scope_of(edition.tenant).value,
        "name": document_name(edition.tenant),
        "number": edition.number,
        "issued_at": edition.issued_at.isoformat(),
        "expires_at": expires_at.isoformat() if expires_at else None,
        "rules": {key: verdict.value for key, verdict in edition.rules.items()},
    }
    return json.dumps(table, sort_keys=True).encode()


def agent_payload(policy: AgentPolicy, expires_at: dt.datetime | None = None) -> bytes:
    """What is signed of the document for one agent; it is named for the agent, so that another's is none for it."""
    table = {
        "format": _FORMAT,
        "scope": Scope.GROUP.value,
        "name": policy.agent,
        "number": policy.number,
        "issued_at": policy.issued_at.isoformat(),
        "expires_at": expires_at.isoformat() if expires_at else None,
        "rules": {key: verdict.value for key, verdict in policy.rules.items()},
        "origins": dict(policy.origins),
    }
    return json.dumps(table, sort_keys=True).encode()


def to_be_signed(content: bytes) -> bytes:
    """DSSE's pre-authentication encoding: a payload of another type never passes for a policy."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(content), content)


def envelope(content: bytes, signature: Signature) -> str:
    """The envelope as JSON."""
    signed = {"keyid": signature.key_id, "sig": base64.b64encode(signature.signature).decode()}
    table = {"payloadType": PAYLOAD_TYPE, "payload": base64.b64encode(content).decode(), "signatures": [signed]}
    return json.dumps(table, separators=(",", ":"))


def key_id(public: bytes) -> str:
    """Names a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def binding(edition: Edition | None, key: CapabilityKey) -> Verdict | None:
    """What a document says of a key so that narrower scopes cannot change it: ON, OFF, or None."""
    verdict = edition.rules.get(key) if edition else None
    return None if verdict is Verdict.USER else verdict


def stricter(one: Verdict | None, other: Verdict) -> Verdict:
    """The stricter of two within one scope: OFF over ON over USER."""
    return other if one is None else min(one, other, key=_STRICTNESS.index)


def together(editions: Iterable[tuple[str, Edition]]) -> Mapping[CapabilityKey, tuple[Verdict, str]]:
    """What several groups say, each with its name: the stricter one decides each key, OFF over ON over USER."""
    decided: dict[CapabilityKey, tuple[Verdict, str]] = {}
    for name, edition in editions:
        for key, verdict in edition.rules.items():
            known = decided.get(key)
            if known is None or _STRICTNESS.index(verdict) < _STRICTNESS.index(known[0]):
                decided[key] = (verdict, name)
    return decided


def is_on(owner: Edition | None, tenant: Edition | None, key: CapabilityKey) -> bool:
    """Whether a key of the hub itself is on; off when nobody says so."""
    return (binding(owner, key) or binding(tenant, key)) is Verdict.ON
