"""Users: which accounts of this machine count as the spooler."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

SPOOLER_ACCOUNTS = ("lp", "_lp", "cups")
"""Accounts CUPS runs its backends under: Debian and Fedora, macOS, some others."""

ROOT = 0


def uids_are_known() -> bool:
    """Whether this system tells which user owns a loopback connection."""
    return sys.platform == "linux"


def spooler_uids(users: Iterable[str]) -> tuple[frozenset[int], tuple[str, ...]]:
    """The user ids that may print: root, the agent's own, the spooler's, and those of ``users``.

    Returns:
        The ids, and the names in ``users`` this machine does not know.
    """
    if sys.platform == "win32":
        return frozenset(), ()
    named = {name: _uid(name) for name in users}
    spoolers = (_uid(name) for name in SPOOLER_ACCOUNTS)
    found = (ROOT, os.getuid(), *spoolers, *named.values())
    return frozenset(uid for uid in found if uid is not None), tuple(n for n, uid in named.items() if uid is None)


def _uid(name: str) -> int | None:
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def account(uid: int) -> str | None:
    """The name of a user id; None where it has none."""
    if sys.platform == "win32":
        return None
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
