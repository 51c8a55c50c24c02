"""The account a new version is tried as: a number that nobody has, registered with systemd while it is used.

- systemd gives accounts that exist while something runs (systemd.exec(5), DynamicUser) to services, each under a lock
  on a file of the number's name. We take the same lock, so no service gets ours meanwhile, and we get none of its.
- Where there are no such files, or they cannot be written, nobody is asked: a number without a process is taken.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tympan_updater._errors import Postponed

ACCOUNTS: Final = range(61184, 65520)
"""Of accounts that exist while something runs, and belong to no person."""

REGISTER: Final = Path("/run/systemd/dynamic-uid")
"""Where systemd locks those in use."""

_NAME: Final = b"tympan-trial\n"


@contextlib.contextmanager
def lent_account(register: Path = REGISTER, proc: Path = Path("/proc")) -> Iterator[int]:
    """The number of an account that nobody has and nothing runs as, for as long as the block runs.

    Raises:
        Postponed: All of them are taken.
    """
    import pwd  # there is none on Windows, and no such account

    known = {entry.pw_uid for entry in pwd.getpwall()}
    with contextlib.ExitStack() as lock:
        for number in ACCOUNTS:
            # Looked at afresh for each, under its lock: whoever had it may have left something that runs.
            if number in known or not lock.enter_context(_registered(register / str(number))):
                continue
            if number not in {_owner(path) for path in proc.glob("[0-9]*")}:
                yield number
                return
            lock.close()
    raise Postponed("no account is free that a new version could be tried as")


@contextlib.contextmanager
def _registered(path: Path) -> Iterator[bool]:
    """Holds the file of a number; false where somebody else does."""
    import fcntl  # none on Windows either

    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        yield error.errno not in (errno.ELOOP, errno.ENXIO)  # no such folder, or not ours to write
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False  # a service has it
            return
        if not os.fstat(file).st_nlink:
            yield False  # it was given back just now
            return
        os.ftruncate(file, 0)
        os.pwrite(file, _NAME, 0)
        try:
            yield True
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
    finally:
        os.close(file)


def _owner(path: Path) -> int:
    try:
        return path.stat().st_uid
    except OSError:
        return 0  # it ended
