"""The audit log: every administrative act, each entry bound to the one before by its hash.

Whoever changes or takes out an entry has to change every later one; the newest hash, noted elsewhere, proves all.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.ids import TenantId

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
    said = attrs.evolve(entry, number=entry.number - 1, hash=entry.previous) if entry.number > 1 else None
    return first_broken([entry], said) is None


def first_broken(entries: Iterable[Entry], last: Entry | None = None) -> int | None:
    """The number of the first entry that does not follow from ``last`` and the ones before; None when all do."""
    for entry in entries:
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


def line(entry: Entry) -> str:
    """An entry as a line of JSON, with the moment spelled as the hash took it: see ``docs/formats/audit.md``."""
    spelled = {**attrs.asdict(entry), "at": entry.at.astimezone(dt.UTC).isoformat()}
    return json.dumps(spelled) + "\n"
