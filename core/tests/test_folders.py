"""Folders whose entries are durable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tympan._folders import make_durably
from tympan._home import write_file
from tympan._store import Store

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="paths of descriptors are told by Linux only"),
]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths synced so far."""
    paths: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        paths.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    return paths


def test_each_folder_made_is_synced_in_the_one_above_and_only_then(tmp_path: Path, synced: list[str]) -> None:
    make_durably(tmp_path / "a" / "b")
    assert sorted(synced) == [str(tmp_path), str(tmp_path / "a")]
    synced.clear()
    make_durably(tmp_path / "a" / "b")
    assert synced == []
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_file_people_may_edit_is_durable_under_its_name(tmp_path: Path, synced: list[str]) -> None:
    write_file(tmp_path / "printers.json", b"{}")
    assert [Path(path).name for path in synced][-1] == tmp_path.name
    assert len(synced) == 2


async def test_a_new_store_is_durable_in_its_place(tmp_path: Path, synced: list[str]) -> None:
    store = Store(tmp_path / "home" / "store", bytes(32))
    await store.open()
    await store.close()
    assert {str(tmp_path), str(tmp_path / "home"), str(tmp_path / "home" / "store")} <= set(synced)
