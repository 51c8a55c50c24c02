"""Who holds a state folder: believed only while the process named lives and the folder is locked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tympan._errors import StoreBusy
from tympan._holder import holder, named_holder
from tympan._store._lock import FolderLock


def test_a_folder_that_is_locked_names_its_process(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    lock = FolderLock(tmp_path)
    assert holder(tmp_path) == os.getpid()
    with pytest.raises(StoreBusy, match=rf"\(process {os.getpid()}\)"):
        FolderLock(tmp_path)
    lock.release()
    assert named_holder(tmp_path) == os.getpid()
    assert holder(tmp_path) is None, "the process lives, and holds it no longer"


def test_a_number_of_a_dead_process_is_not_believed(tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = FolderLock(tmp_path)
    (tmp_path / "lock").write_text(str(ended.pid))
    assert holder(tmp_path) is None
    lock.release()


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "99999999999999999999999", "\x00"])
def test_a_lock_file_that_names_no_process(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)
    assert named_holder(tmp_path) is None
    FolderLock(tmp_path).release()
    assert named_holder(tmp_path) == os.getpid()


def test_being_asked_keeps_no_agent_out(tmp_path: Path) -> None:
    FolderLock(tmp_path).release()
    assert holder(tmp_path) is None
    FolderLock(tmp_path).release()


def test_attack_a_pipe_or_a_link_in_place_of_the_lock_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    look = f"from pathlib import Path; from tympan._holder import holder; print(holder(Path({str(tmp_path)!r})))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "None"
    (tmp_path / "lock").unlink()
    held = tmp_path / "elsewhere"
    held.mkdir()
    lock = FolderLock(held)
    (tmp_path / "lock").symlink_to(held / "lock")
    assert (holder(tmp_path), holder(held)) == (None, os.getpid())
    lock.release()
