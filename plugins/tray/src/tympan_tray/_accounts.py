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


def may_pair(uid: int | None, platform: str = sys.platform) -> bool:
    """Whether a page may be opened for a caller.

    Where the system tells who owns a connection, a code is bound to them; one that was asked for by nobody known would
    open for whoever reads it in the list of processes. macOS and Windows tell nobody: there the caller has shown the
    token, which its own account alone can read, and the code is random, opens once, and for a minute.
    """
    return uid is not None or platform != "linux"


def may_join(uid: int | None) -> bool:
    """Whether a user id may say which hub this agent belongs to: root, and whose agent it is.

    None showed the agent's token instead.
    """
    if uid is None or sys.platform == "win32":
        return True
    return uid in (_ROOT, os.getuid())
