"""Our code tables beside those of pyipp: two readings of the same registers must not disagree."""

from __future__ import annotations

from enum import IntEnum

import pytest
from pyipp.enums import IppJobState, IppOperation, IppPrinterState, IppStatus, IppTag

from tympan_wire.ipp import GroupTag, JobState, Operation, PrinterState, Status, Tag

# pyipp 0.17.2 counts the client errors from 0x040F on one too low (cups/ipp.h and RFC 8011 appendix B are with us).
PYIPP_SLIPS = frozenset(
    {
        "ACCOUNT_AUTHORIZATION_FAILED",
        "ACCOUNT_CLOSED",
        "ACCOUNT_INFO_NEEDED",
        "ACCOUNT_LIMIT_REACHED",
        "ATTRIBUTES_NOT_SETTABLE",
        "COMPRESSION_ERROR",
        "DOCUMENT_FORMAT_ERROR",
        "IGNORED_ALL_SUBSCRIPTIONS",
        "NOT_FETCHABLE",
        "TOO_MANY_SUBSCRIPTIONS",
    }
)
PAIRS = [
    (IppOperation, Operation),
    (IppStatus, Status),
    (IppJobState, JobState),
    (IppPrinterState, PrinterState),
]


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_what_both_name_has_one_value(theirs: type[IntEnum], ours: type[IntEnum]) -> None:
    named = {_spelt(member.name): int(member) for member in ours}
    shared = {_spelt(member.name): int(member) for member in theirs if _spelt(member.name) in named}
    slips = {name for name in shared if shared[name] != named[name]}
    assert slips <= PYIPP_SLIPS, {name: (shared[name], named[name]) for name in slips - PYIPP_SLIPS}
    assert len(shared) >= len(named) // 3, f"only {sorted(shared)} are named alike"


def _spelt(name: str) -> str:
    """A status without its class, which pyipp leaves out: ``ERROR_BAD_REQUEST``."""
    for prefix in ("CLIENT_ERROR_", "SERVER_ERROR_", "ERROR_", "SUCCESSFUL_"):
        name = name.removeprefix(prefix)
    return name


def test_every_tag_of_theirs_is_one_of_ours() -> None:
    known = {int(tag) for tag in Tag} | {int(tag) for tag in GroupTag}
    missing = {tag.name for tag in IppTag if int(tag) not in known and int(tag) < 0x7F}
    assert missing == {"ZERO", "RESERVED_STRING", "CUPS_CONST", "CUPS_INVALID"}, "names that are no tags on the wire"
