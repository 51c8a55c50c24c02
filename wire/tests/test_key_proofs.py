"""A key for envelopes is believed to be an agent's own by its signature alone."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tympan_wire.hub import key_statement
from tympan_wire.key_proofs import IDENTITY_BYTES, fingerprint, is_identity, proves

OWN, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RECIPIENT = b"a key for envelopes"


def public(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed(key: ec.EllipticCurvePrivateKey, statement: bytes) -> bytes:
    return key.sign(statement, ec.ECDSA(SHA256()))


def test_a_key_signed_with_its_agents_own_is_proved() -> None:
    assert proves(public(OWN), RECIPIENT, signed(OWN, key_statement(RECIPIENT)))


def test_another_agents_signature_proves_nothing() -> None:
    assert not proves(public(OWN), RECIPIENT, signed(OTHER, key_statement(RECIPIENT)))


def test_a_signature_of_another_key_proves_nothing() -> None:
    assert not proves(public(OWN), RECIPIENT, signed(OWN, key_statement(b"another key")))


def test_a_signature_made_for_something_else_proves_nothing() -> None:
    """As of an enrolment's token: its bytes are signed as they are."""
    assert not proves(public(OWN), RECIPIENT, signed(OWN, RECIPIENT))


def test_no_signature_and_no_key_prove_nothing() -> None:
    assert not proves(public(OWN), RECIPIENT, b"")
    assert not proves(public(OWN), b"", signed(OWN, key_statement(b"")))


def test_a_key_of_another_kind_is_no_identity() -> None:
    assert is_identity(public(OWN))
    assert not is_identity(public(ec.generate_private_key(ec.SECP384R1())))
    assert not is_identity(public(ed25519.Ed25519PrivateKey.generate()))
    assert not is_identity(public(OWN) + bytes(IDENTITY_BYTES))


@given(st.binary(max_size=200), st.binary(max_size=100), st.binary(max_size=100))
def test_whatever_cannot_be_read_proves_nothing(identity: bytes, recipient: bytes, proof: bytes) -> None:
    assert not proves(identity, recipient, proof)


def test_a_fingerprint_is_the_sha_256_of_a_key() -> None:
    assert fingerprint(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
