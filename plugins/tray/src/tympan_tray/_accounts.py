"""Accounts of the machine."""

from __future__ import annotations

import sys


def account_of(uid: int) -> str:
    """The name of a user id, as the spooler writes it on jobs; "" where it has none."""
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
