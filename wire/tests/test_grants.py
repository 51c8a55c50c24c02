"""Grants: what is sealed is verified, and everything else is refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any
from uuid import UUID

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.grants import GRANT as KIND
from tympan_wire.grants import SKEW_S, BadGrant, ForAnother, NotNow, NotSigned, verified
from tympan_wire.hub import GRANT_S, ReleaseGrant, encode

KEY = Ed25519PrivateKey.generate()
START = 1_800_000_000
GRANT = ReleaseGrant(
    id=UUID(int=1),
    tenant="acme",
    agent="agent-1",
    job=UUID(int=2),
    printers=("front",),
    by="Ada",
    not_before=START,
    expires_at=START + GRANT_S,
)


def public(key: Ed25519PrivateKey = KEY) -> bytes:
    return key.public_key().public_bytes_raw()


def signed(payload: bytes, key: Ed25519PrivateKey = KEY, claimed: Ed25519PrivateKey | None = None) -> str:
    name = hashlib.sha256(public(claimed or key)).hexdigest()[:16]
    return KIND.sealed(payload, key_id=name, signature=key.sign(KIND.to_be_signed(payload)))


def granted(**changes: Any) -> str:
    return signed(encode(attrs.evolve(GRANT, **changes)))


def read(envelope: str, at_s: float = START, agent: str = "agent-1", tenant: str = "acme") -> ReleaseGrant:
    now = dt.datetime.fromtimestamp(at_s, dt.UTC)
    return verified(envelope, keys=[public()], tenant=tenant, agent=agent, now=now)


def test_a_grant_of_the_pinned_key_is_read() -> None:
    assert read(granted()) == GRANT


@pytest.mark.parametrize("at_s", [START - SKEW_S, START, START + GRANT_S - 1])
def test_a_grant_is_good_in_its_time(at_s: int) -> None:
    assert read(granted(), at_s) == GRANT


@pytest.mark.parametrize("at_s", [START - SKEW_S - 1, START + GRANT_S, START + 10 * GRANT_S])
def test_a_grant_out_of_its_time_is_refused(at_s: int) -> None:
    with pytest.raises(NotNow):
        read(granted(), at_s)


@pytest.mark.parametrize("length_s", [GRANT_S + 1, 0, -5])
def test_a_grant_of_another_length_is_refused_though_it_is_signed(length_s: int) -> None:
    with pytest.raises(BadGrant):
        read(granted(expires_at=START + length_s), START - 10)


def test_a_grant_for_another_agent_or_tenant_is_refused() -> None:
    for other in ({"agent": "agent-2"}, {"tenant": "umbrella"}):
        with pytest.raises(ForAnother):
            read(granted(), **other)  # type: ignore[arg-type]


def test_a_grant_signed_by_another_key_is_refused_whichever_name_it_claims() -> None:
    other = Ed25519PrivateKey.generate()
    for envelope in (signed(encode(GRANT), other), signed(encode(GRANT), other, claimed=KEY)):
        with pytest.raises(NotSigned):
            read(envelope)


def test_a_signature_over_a_policy_or_a_permit_is_none_over_a_grant() -> None:
    payload = encode(GRANT)
    name = hashlib.sha256(public()).hexdigest()[:16]
    for kind in (b"application/vnd.tympan.policy+json", b"application/vnd.tympan.bridge-permit+json"):
        other = KEY.sign(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
        with pytest.raises(NotSigned):
            read(KIND.sealed(payload, key_id=name, signature=other))


@pytest.mark.parametrize("field", ["job", "agent", "printers", "expires_at", "id"])
def test_a_changed_grant_is_refused(field: str) -> None:
    table = json.loads(granted())
    payload = json.loads(encode(GRANT))
    payload[field] = {"printers": ["vault"], "expires_at": START + 5}.get(field, str(UUID(int=9)))
    changed = KIND.sealed(json.dumps(payload).encode(), key_id=table["signatures"][0]["keyid"], signature=bytes(64))
    with pytest.raises(NotSigned):
        read(changed)


def test_what_is_signed_but_no_grant_is_refused() -> None:
    with pytest.raises(BadGrant):
        read(signed(b'{"id": 5}'))


@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/vnd.tympan.policy+json"},
        {"payload": "not base64!"},
        {"payload": 5},
        {"signatures": []},
        {"signatures": [{"keyid": "a", "sig": ""}] * 2},
        {"signatures": None},
    ],
)
def test_an_envelope_of_another_shape_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadGrant):
        read(json.dumps({**json.loads(granted()), **change}))


def test_an_envelope_too_long_is_not_looked_into() -> None:
    with pytest.raises(BadGrant, match="at most"):
        read(granted() + " " * KIND.envelope_bytes)


@given(st.text(max_size=3000))
def test_any_text_is_refused_as_one(text: str) -> None:
    with pytest.raises(BadGrant):
        read(text)
