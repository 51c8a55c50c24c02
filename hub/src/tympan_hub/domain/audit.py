"""The audit log: every administrative act, each entry bound to the one before by its hash.

- Whoever changes or takes out an entry has to change every later one; the newest hash, noted elsewhere, proves all.
- A log that is kept for a time loses its beginning. Before that an entry is added that names the last one to go, with
  its hash: what is kept begins right after it, or was tampered with.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Final

import attrs
from attrs import AttrsInstance, frozen

from tympan_hub.domain.ids import TenantId

TRIM: Final = "audit.trim"
"""The act of taking the beginning of a log away: subject and detail are number and hash of the last entry that went."""

BEGINNING: Final = "0" * 64
"""What stands in the place of a hash before the first entry."""


@frozen(kw_only=True)
class Entry:
    """One act.

    Attributes:
        tenant: In whose log it stands.
        number: 1 for the first.
        at: When.
        by: Who.
        act: What, such as ``printer.add``.
        subject: On what.
        detail: More, a sentence.
        previous: Hash of the entry before.
        hash: SHA-256 over all the above, hex.
    """

    tenant: TenantId
    number: int
    at: dt.datetime
    by: str
    act: str
    subject: str = ""
    detail: str = ""
    previous: str
    hash: str


def chained(
    last: Entry | None, *, tenant: TenantId, at: dt.datetime, by: str, act: str, subject: str = "", detail: str = ""
) -> Entry:
    """The entry after ``last``."""
    number, previous = (last.number + 1, last.hash) if last else (1, BEGINNING)
    said = (tenant, number, at.astimezone(dt.UTC).isoformat(), by, act, subject, detail, previous)
    return Entry(
        tenant=tenant,
        number=number,
        at=at,
        by=by,
        act=act,
        subject=subject,
        detail=detail,
        previous=previous,
        hash=hashlib.sha256(json.dumps(said).encode()).hexdigest(),
    )


def is_whole(entry: Entry) -> bool:
    """Whether an entry's hash is that of what stands in it; whether it follows from the others, its chain tells."""
    return first_broken([entry], _before(entry) if entry.number > 1 else None) is None


def trimmed(last: Entry, gone: Entry, *, at: dt.datetime, by: str) -> Entry:
    """The entry after ``last`` that says of ``gone`` and all before it that they are taken away."""
    return chained(last, tenant=last.tenant, at=at, by=by, act=TRIM, subject=str(gone.number), detail=gone.hash)


def first_broken(entries: Iterable[Entry], last: Entry | None = None, trim: Entry | None = None) -> int | None:
    """The number of the first entry that does not follow from ``last`` and the ones before; None when all do.

    Args:
        entries: In the order of their numbers.
        last: The one before them; None where they begin the log.
        trim: The newest `TRIM` of the log: a log that lost its beginning begins where it says.
    """
    for entry in entries:
        if last is None and trim is not None and (trim.subject, trim.detail) == (str(entry.number - 1), entry.previous):
            last = _before(entry)
        expected = chained(
            last,
            tenant=entry.tenant,
            at=entry.at,
            by=entry.by,
            act=entry.act,
            subject=entry.subject,
            detail=entry.detail,
        )
        if entry != expected:
            return expected.number
        last = entry
    return None


def _before(entry: Entry) -> Entry:
    """What an entry says of the one before it."""
    return attrs.evolve(entry, number=entry.number - 1, hash=entry.previous)


def line(entry: Entry) -> str:
    """An entry as a line of JSON, with the moment spelled as the hash took it: see ``docs/formats/audit.md``."""
    spelled = {**attrs.asdict(entry), "at": entry.at.astimezone(dt.UTC).isoformat()}
    return json.dumps(spelled) + "\n"


def altered(before: AttrsInstance, after: AttrsInstance, *names: str) -> str:
    """What a change changed of these attributes, as ``name: old → new``; "" for nothing."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return "; ".join(f"{name}: {_spelled(old)} → {_spelled(new)}" for name, old, new in pairs if old != new)


def _spelled(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return str(value) if value != "" else "-"
