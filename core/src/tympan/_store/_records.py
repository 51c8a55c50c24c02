"""The form of jobs and timeline lines inside their rows.

- A record is: version (1 byte) | size of the JSON (4 bytes) | JSON | ticket | evidence. The two byte strings stay out
  of the JSON: tickets are the larger part, and base64 would cost time and space.
- Fields at their default are left out. Unknown fields are skipped, so a record of a newer release of the same version
  can be read; another version is refused.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
import uuid
from enum import StrEnum
from typing import Any, Final

import attrs

from tympan._errors import StoreError
from tympan._ids import PluginId, PrinterId
from tympan._states import JobState
from tympan._values import Claim, Job, Statistics, TimelineEntry

VERSION: Final = 1
_HEAD: Final = struct.Struct(">BII")
_PLAIN: Final = tuple(
    (field.name, field.default)
    for field in attrs.fields(Job)
    if isinstance(field.default, (str, int)) and not isinstance(field.default, StrEnum)
)
"""Texts, whole numbers and flags, with their defaults."""
_TIMES: Final = ("processing_at", "ended_at", "retry_at")
_TUPLES: Final = ("sizes", "color_pages")
_STATISTICS: Final = tuple(field.name for field in attrs.fields(Statistics))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder().decode


def encode_job(job: Job) -> bytes:
    """A job as its row holds it."""
    fields: dict[str, Any] = {
        "uuid": job.uuid.hex,
        "number": job.number,
        "printer": job.printer,
        "state": job.state.value,
        "created_at": job.created_at.isoformat(),
    }
    for name, default in _PLAIN:
        value = getattr(job, name)
        if value != default:
            fields[name] = value
    for name in _TIMES:
        moment = getattr(job, name)
        if moment is not None:
            fields[name] = moment.isoformat()
    if job.target is not None:
        fields["target"] = job.target
    if job.claim is not None:
        fields["claim"] = (job.claim.route, job.claim.attempt, job.claim.fence)
    if job.statistics is not None:
        fields["statistics"] = {name: getattr(job.statistics, name) for name in _STATISTICS}
    text = _text(fields)
    return _HEAD.pack(VERSION, len(text), len(job.ticket)) + text + job.ticket + job.evidence


def decode_job(record: bytes) -> Job:
    """The job of a record.

    Raises:
        StoreError: The record is of a version this release does not read.
    """
    fields, tail, ticket_bytes = _open(record)
    known: dict[str, Any] = {name: fields[name] for name, _ in _PLAIN if name in fields}
    known.update({name: dt.datetime.fromisoformat(fields[name]) for name in _TIMES if name in fields})
    if "target" in fields:
        known["target"] = PrinterId(fields["target"])
    if "claim" in fields:
        route, attempt, fence = fields["claim"]
        known["claim"] = Claim(route=PluginId(route), attempt=attempt, fence=fence)
    if "statistics" in fields:
        known["statistics"] = _statistics(fields["statistics"])
    return Job(
        uuid=uuid.UUID(hex=fields["uuid"]),
        number=fields["number"],
        printer=PrinterId(fields["printer"]),
        state=JobState(fields["state"]),
        created_at=dt.datetime.fromisoformat(fields["created_at"]),
        ticket=tail[:ticket_bytes],
        evidence=tail[ticket_bytes:],
        **known,
    )


def encode_entry(entry: TimelineEntry) -> bytes:
    """A line of a timeline as its row holds it."""
    text = _text([entry.at.isoformat(), entry.what, entry.why, entry.then, entry.state.value])
    return _HEAD.pack(VERSION, len(text), 0) + text


def decode_entry(record: bytes) -> TimelineEntry:
    """The timeline line of a record.

    Raises:
        StoreError: The record is of a version this release does not read.
    """
    at, what, why, then, state = _open(record)[0][:5]
    return TimelineEntry(at=dt.datetime.fromisoformat(at), what=what, why=why, then=then, state=JobState(state))


def _text(value: object) -> bytes:
    # Names come from foreign programs and may hold lone surrogates; they must not make a job unacceptable.
    return _encode(value).encode("utf-8", "surrogatepass")


def _open(record: bytes) -> tuple[Any, bytes, int]:
    version, size, ticket_bytes = _HEAD.unpack_from(record)
    if version != VERSION:
        raise StoreError(f"A record has version {version}, not {VERSION}", next_step="Update this agent.")
    end = _HEAD.size + size
    return _decode(record[_HEAD.size : end].decode("utf-8", "surrogatepass")), record[end:], ticket_bytes


def _statistics(fields: dict[str, Any]) -> Statistics:
    known = {name: fields[name] for name in _STATISTICS if name in fields}
    for name in _TUPLES:
        if known.get(name) is not None:
            known[name] = tuple(known[name])
    return Statistics(**known)
