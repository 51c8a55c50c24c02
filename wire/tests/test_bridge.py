"""The envelope of a permit, and its messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.bridge import BadEnvelope, Deed, Permit, Signed, opened, sealed, to_be_signed
from tympan_wire.hub import HubMessageError, decode, encode

SIGNED = Signed(payload=b'{"a":1}', key_id="0123456789abcdef", signature=bytes(64))


@given(st.binary(max_size=500), st.text(max_size=40), st.binary(max_size=64))
def test_what_is_sealed_is_what_is_opened(payload: bytes, key: str, signature: bytes) -> None:
    signed = Signed(payload=payload, key_id=key, signature=signature)
    assert opened(sealed(signed)) == signed


@given(st.text(max_size=5000))
def test_text_is_an_envelope_or_refused(text: str) -> None:
    with pytest.raises(BadEnvelope):
        opened(text)


@pytest.mark.parametrize(
    "change",
    [
        {"payloadType": "application/vnd.tympan.policy+json"},
        {"payload": "not base64!"},
        {"payload": 5},
        {"signatures": []},
        {"signatures": [{"keyid": "a", "sig": ""}] * 2},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": None},
    ],
)
def test_an_envelope_of_another_shape_is_refused(change: dict[str, object]) -> None:
    table = {**json.loads(sealed(SIGNED)), **change}
    with pytest.raises(BadEnvelope):
        opened(json.dumps(table))


def test_what_is_signed_says_what_it_is() -> None:
    """The encoding of DSSE 1.0: a policy of the same bytes is signed otherwise."""
    assert to_be_signed(b"{}") == b"DSSEv1 41 application/vnd.tympan.bridge-permit+json 2 {}"


def test_a_permit_of_an_unknown_deed_is_none() -> None:
    permit = Permit(tenant="t", agent="a", person="p", deed=Deed.REMOVE, printer="front", challenge="c")
    assert decode(Permit, encode(permit)) == permit
    with pytest.raises(HubMessageError):
        decode(Permit, encode(permit).replace(b"remove-queue", b"print-money"))
