"""Accounts of the machine."""

from __future__ import annotations

import os
import sys
from typing import Final

_ROOT: Final = 0


def account_of(uid: int) -> str:
    """The name of a user id, as the spooler writes it on jobs; "" where it has none."""
    if sys.platform == "win32":
        return ""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def may_join(uid: int | None) -> bool:
    """Whether a user id may say which hub this agent belongs to: root, and whose agent it is.

    None showed the agent's token instead.
    """
    if uid is None or sys.platform == "win32":
        return True
    return uid in (_ROOT, os.getuid())
