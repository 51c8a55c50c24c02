"""Signed envelopes: what is sealed is opened, what was signed as one kind is none of another, else refused."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.bridge import PERMIT
from tympan_wire.dsse import BadEnvelope, Kind, Signed, key_id, pre_authentication
from tympan_wire.grants import GRANT

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
POLICY = Kind(payload_type="application/vnd.tympan.policy+json", envelope_bytes=4096)
KINDS = pytest.mark.parametrize("kind", [GRANT, PERMIT], ids=["grant", "permit"])

VECTORS = {
    GRANT: (
        '{"payloadType":"application/vnd.tympan.release-grant+json","payload":"eyJhIjoxfQ==","signatures":[{"'
        'keyid":"56475aa75463474c","sig":"4vrl96aO5eSwPGGkQ6kj6PuwibtsEUqEp98pc2jccwXj2Z9h5TH3LZq0UbuBmbCvClm'
        'OVpL5S5KfTQ+he4pLDA=="}]}'
    ),
    PERMIT: (
        '{"payloadType":"application/vnd.tympan.bridge-permit+json","payload":"eyJhIjoxfQ==","signatures":[{"'
        'keyid":"56475aa75463474c","sig":"JlT1KwAeZT9eBOlwushbvEEbvwmkzbXLCsUXD9O/NSdFsL8NVpMHr708GFsVu+F7Fw4'
        'haGOAakdIq1pXl6e/Bw=="}]}'
    ),
}
"""Envelopes of ``{"a":1}`` under the key of the bytes 0 to 31, as earlier releases wrote them."""


def signed(kind: Kind, payload: bytes = b'{"a":1}') -> str:
    return kind.sealed(payload, key_id=key_id(PUBLIC), signature=KEY.sign(kind.to_be_signed(payload)))


@KINDS
def test_an_envelope_is_written_as_ever(kind: Kind) -> None:
    assert signed(kind) == VECTORS[kind]


@KINDS
@given(payload=st.binary(max_size=500), key=st.text(max_size=40), signature=st.binary(max_size=64))
def test_what_is_sealed_is_what_is_opened(kind: Kind, payload: bytes, key: str, signature: bytes) -> None:
    assert kind.opened(kind.sealed(payload, key_id=key, signature=signature)) == Signed(
        payload=payload, key_id=key, signature=signature
    )


@KINDS
@given(text=st.text(max_size=5000))
def test_text_is_an_envelope_or_refused(kind: Kind, text: str) -> None:
    with pytest.raises(BadEnvelope):
        kind.opened(text)


@KINDS
@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/vnd.tympan.policy+json"},
        {"payloadType": ["application/vnd.tympan.policy+json"]},
        {"payload": "not base64!"},
        {"payload": 5},
        {"signatures": []},
        {"signatures": [{"keyid": "a", "sig": ""}] * 2},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": None},
    ],
)
def test_an_envelope_of_another_shape_is_refused(kind: Kind, change: dict[str, object]) -> None:
    with pytest.raises(BadEnvelope):
        kind.opened(json.dumps({**json.loads(signed(kind)), **change}))


@KINDS
def test_an_envelope_too_long_is_not_looked_into(kind: Kind) -> None:
    with pytest.raises(BadEnvelope, match="at most"):
        kind.opened(signed(kind) + " " * kind.envelope_bytes)


@pytest.mark.parametrize("nested", ["[" * 4000, '{"a":' * 700])
def test_deep_nesting_is_refused(nested: str) -> None:
    with pytest.raises(BadEnvelope):
        PERMIT.opened(nested)


@pytest.mark.parametrize(("one", "other"), [(GRANT, PERMIT), (PERMIT, GRANT), (POLICY, GRANT), (POLICY, PERMIT)])
def test_what_one_key_signed_as_one_kind_is_none_of_another(one: Kind, other: Kind) -> None:
    with pytest.raises(BadEnvelope):
        other.opened(signed(one))
    inside = json.loads(signed(one))
    claimed = other.opened(json.dumps({**inside, "payloadType": other.payload_type}))
    assert not other.is_signed(claimed, [PUBLIC])
    assert one.is_signed(one.opened(signed(one)), [PUBLIC])


@KINDS
def test_only_a_pinned_key_signs(kind: Kind) -> None:
    held = kind.opened(signed(kind))
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert kind.is_signed(held, [other, PUBLIC])
    assert not kind.is_signed(held, [other])
    assert not kind.is_signed(held, [])
    assert not kind.is_signed(Signed(payload=b"{}", key_id=held.key_id, signature=held.signature), [PUBLIC])
    assert not kind.is_signed(Signed(payload=held.payload, key_id=key_id(other), signature=held.signature), [other])


def test_what_is_signed_says_what_it_is() -> None:
    """The encoding of DSSE 1.0: a policy of the same bytes is signed otherwise."""
    assert PERMIT.to_be_signed(b"{}") == b"DSSEv1 41 application/vnd.tympan.bridge-permit+json 2 {}"
    assert pre_authentication("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
