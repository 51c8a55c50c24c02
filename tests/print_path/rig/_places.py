"""Places: directories outside pytest's own, which other users cannot enter, and the ordinary user that owns them.

- Debian's ``cupsd`` run by root drops its filters to another user, so the rig runs all of it as that user: ``lp``.
- Unix socket paths end at 107 bytes, so the names are short.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Account:
    """Who a program runs as."""

    user: str
    group: str
    uid: int
    gid: int


def ordinary_account() -> Account:
    """The caller, or ``lp`` when the caller is root (part of every Debian; see base-passwd)."""
    entry = pwd.getpwnam("lp") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return Account(user=entry.pw_name, group=grp.getgrgid(entry.pw_gid).gr_name, uid=entry.pw_uid, gid=entry.pw_gid)


@contextmanager
def private_directory(name: str, *, account: Account | None = None) -> Iterator[Path]:
    """A new directory of mode 700 owned by ``account``, gone with all it holds at the end."""
    path = Path(tempfile.mkdtemp(prefix=f"tympan-{name}-"))
    try:
        if account is not None and account.uid != os.getuid():
            os.chown(path, account.uid, account.gid)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
