"""Folders of documents: private, erased at the end, and after a crash at the next start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tympan_hub.adapters.rooms import Rooms

CRASHING = """
import sys
from pathlib import Path
from tympan_hub.adapters.rooms import Rooms
rooms = Rooms(Path(sys.argv[1]))
rooms.open()
with rooms.room() as room:
    (room / "came").write_text("secret")
    print(room, flush=True)
    sys.stdin.read()
"""


def files(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file()}


def test_a_document_is_erased_at_the_end_however_it_ends(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "rooms")
    with pytest.raises(ValueError, match="broken"), rooms.room() as room:
        (room / "came").write_text("secret")
        assert room.stat().st_mode & 0o077 == 0
        raise ValueError("broken")
    assert files(tmp_path) == {"lock"}
    rooms.close()
    assert files(tmp_path) == set()


def test_what_a_crash_left_is_erased_at_the_next_start_and_what_lives_is_not(tmp_path: Path) -> None:
    root = tmp_path / "rooms"
    started = [
        subprocess.Popen([sys.executable, "-c", CRASHING, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    places = [Path(one.stdout.readline().decode().strip()) for one in started if one.stdout is not None]
    crashed, living = started
    crashed.kill()
    crashed.wait(30)
    assert all((place / "came").exists() for place in places)
    rooms = Rooms(root)
    rooms.open()
    assert [(place / "came").exists() for place in places] == [False, True]
    living.communicate(b"", timeout=30)
    rooms.close()
    assert "came" not in files(tmp_path)
