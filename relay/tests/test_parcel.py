"""Parcels: the note and the envelopes open for whom they are, and for nobody and nothing else."""

from __future__ import annotations

import base64
import datetime as dt
import uuid

import pytest

from tympan.plugin import Job, PrinterId
from tympan_relay import envelopes_for, note_of
from tympan_wire.hub import HeldNote, Reader, decode
from tympan_wire.sealed import Recipient, SealedError, new_key, open_note, unwrap_with

JOB = Job(
    uuid=uuid.UUID(int=7),
    number=1,
    printer=PrinterId("queue"),
    name="Secret plans",
    user="ada",
    media_type="application/pdf",
    ticket=b"ticket",
    created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    size_bytes=42,
)


@pytest.mark.parametrize(("to", "told"), [(None, "queue"), (PrinterId("far"), "far")])
def test_a_note_says_all_that_belongs_to_a_job_to_whoever_has_its_key(to: PrinterId | None, told: str) -> None:
    key = new_key()
    note = decode(HeldNote, open_note(key, base64.b64decode(note_of(JOB, key, to)), document=JOB.uuid))
    assert (note.name, note.user, note.printer, note.size_bytes) == ("Secret plans", "ada", told, 42)
    assert base64.b64decode(note.ticket) == b"ticket"
    with pytest.raises(SealedError):
        open_note(new_key(), base64.b64decode(note_of(JOB, key, to)), document=JOB.uuid)


def test_an_envelope_opens_for_its_reader_its_document_and_its_purpose_alone() -> None:
    key, near, other = new_key(), Recipient.generate(), Recipient.generate()
    reader = Reader(agent="near", recipient=base64.b64encode(near.public).decode())
    [made] = envelopes_for(key, [reader], document=JOB.uuid, context=b"for this")
    envelope = base64.b64decode(made.envelope)
    assert unwrap_with(envelope, near, document=JOB.uuid, context=b"for this") == key
    for who, document, context in (
        (other, JOB.uuid, b"for this"),
        (near, uuid.UUID(int=8), b"for this"),
        (near, JOB.uuid, b"for that"),
    ):
        with pytest.raises(SealedError):
            unwrap_with(envelope, who, document=document, context=context)


@pytest.mark.parametrize("junk", ["", "%%%", base64.b64encode(b"short").decode()])
def test_a_reader_whose_key_is_none_is_left_out_and_the_others_get_theirs(junk: str) -> None:
    good = Reader(agent="near", recipient=base64.b64encode(Recipient.generate().public).decode())
    made = envelopes_for(new_key(), [Reader(agent="bad", recipient=junk), good], document=JOB.uuid, context=b"x")
    assert [one.agent for one in made] == ["near"]
