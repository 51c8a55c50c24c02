"""Envelopes open for whom and what they were made, and for nothing else."""

from uuid import UUID

import pytest

from tympan_wire.sealed import (
    EnvelopeRefused,
    Recipient,
    Suite,
    UnsupportedSuite,
    best_suite,
    key_id,
    new_key,
    unwrap_local,
    unwrap_with,
    wrap_for,
    wrap_local,
)

KEY = bytes(range(32))
KEK = bytes(range(100, 132))
DOCUMENT = UUID("6f1c7f0e-93b5-4d7c-8a52-0c7f4f2f9a11")


def test_a_local_envelope_round_trips_and_differs_each_time() -> None:
    one, two = (wrap_local(KEY, KEK, b"job 1") for _ in range(2))
    assert one != two
    assert len(one) == 61
    assert unwrap_local(one, KEK, b"job 1") == unwrap_local(two, KEK, b"job 1") == KEY


def test_a_local_envelope_of_another_job_or_store_is_refused() -> None:
    envelope = wrap_local(KEY, KEK, b"job 1")
    with pytest.raises(EnvelopeRefused):
        unwrap_local(envelope, KEK, b"job 2")
    with pytest.raises(EnvelopeRefused):
        unwrap_local(envelope, new_key(), b"job 1")


@pytest.mark.parametrize("at", range(1, 61, 7))
def test_a_changed_local_envelope_is_refused(at: int) -> None:
    envelope = bytearray(wrap_local(KEY, KEK, b""))
    envelope[at] ^= 1
    with pytest.raises(EnvelopeRefused):
        unwrap_local(bytes(envelope), KEK, b"")


@pytest.mark.parametrize("size", [1, 13, 29, 60])
def test_a_cut_local_envelope_is_refused(size: int) -> None:
    with pytest.raises(EnvelopeRefused):
        unwrap_local(wrap_local(KEY, KEK, b"")[:size], KEK, b"")


def test_an_unknown_suite_is_told_apart() -> None:
    with pytest.raises(UnsupportedSuite):
        unwrap_local(b"\x7f" + bytes(60), KEK, b"")
    with pytest.raises(UnsupportedSuite):
        unwrap_with(b"\x7f" + bytes(80), Recipient.generate(Suite.X25519), document=DOCUMENT)
    with pytest.raises(UnsupportedSuite):
        unwrap_with(b"", Recipient.generate(Suite.X25519), document=DOCUMENT)


@pytest.mark.parametrize("suite", Suite)
def test_a_recipients_envelope_round_trips(suite: Suite) -> None:
    recipient = Recipient.generate(suite)
    envelope = wrap_for(KEY, recipient.public, document=DOCUMENT, context=b"tenant")
    assert envelope[0] == suite
    assert len(envelope) == {Suite.X25519: 81, Suite.MLKEM768_X25519: 1169}[suite]
    assert unwrap_with(envelope, recipient, document=DOCUMENT, context=b"tenant") == KEY


@pytest.mark.parametrize("suite", Suite)
def test_another_recipient_document_or_context_is_refused(suite: Suite) -> None:
    recipient = Recipient.generate(suite)
    envelope = wrap_for(KEY, recipient.public, document=DOCUMENT, context=b"tenant")
    with pytest.raises(EnvelopeRefused):
        unwrap_with(envelope, Recipient.generate(suite), document=DOCUMENT, context=b"tenant")
    with pytest.raises(EnvelopeRefused):
        unwrap_with(envelope, recipient, document=UUID(int=7), context=b"tenant")
    with pytest.raises(EnvelopeRefused):
        unwrap_with(envelope, recipient, document=DOCUMENT, context=b"other tenant")


@pytest.mark.parametrize("suite", Suite)
@pytest.mark.parametrize("size", [1, 2, 33, 80])
def test_a_cut_or_changed_envelope_is_refused(suite: Suite, size: int) -> None:
    recipient = Recipient.generate(suite)
    envelope = bytearray(wrap_for(KEY, recipient.public, document=DOCUMENT))
    with pytest.raises(EnvelopeRefused):
        unwrap_with(bytes(envelope[:size]), recipient, document=DOCUMENT)
    envelope[size] ^= 1
    with pytest.raises(EnvelopeRefused):
        unwrap_with(bytes(envelope), recipient, document=DOCUMENT)


def test_a_downgraded_suite_byte_is_refused() -> None:
    recipient = Recipient.generate(Suite.MLKEM768_X25519)
    envelope = wrap_for(KEY, recipient.public, document=DOCUMENT)
    with pytest.raises(EnvelopeRefused):
        unwrap_with(bytes([Suite.X25519]) + envelope[1:], recipient, document=DOCUMENT)


@pytest.mark.parametrize("suite", Suite)
def test_a_recipient_is_kept_and_found_again(suite: Suite) -> None:
    recipient = Recipient.generate(suite)
    again = Recipient.from_private(recipient.private)
    assert again == recipient
    assert again.key_id == key_id(recipient.public)
    assert len(recipient.key_id) == 16
    assert recipient.private[1:].hex() not in repr(recipient)


@pytest.mark.parametrize("data", [b"", b"\x7f" + bytes(32), b"\x10" + bytes(31), b"\x11" + bytes(40)])
def test_a_key_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedSuite):
        Recipient.from_private(data)
    with pytest.raises(UnsupportedSuite):
        wrap_for(KEY, data, document=DOCUMENT)


def test_new_recipients_get_the_hybrid_suite_here() -> None:
    assert best_suite() is Suite.MLKEM768_X25519
    assert Recipient.generate().suite is Suite.MLKEM768_X25519
