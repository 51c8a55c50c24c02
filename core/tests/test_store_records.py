"""Records of the store: what is written comes back equal, or is refused with a reason."""

import datetime as dt
import sqlite3
import uuid
from pathlib import Path

import attrs
import pytest
from store_rig import KEY, NOW, accepted, line, new_job, opened

from tympan._errors import StoreDamaged, StoreError
from tympan._ids import PluginId, printer_id
from tympan._states import JobState
from tympan._store import Store
from tympan._store._database import MIGRATIONS
from tympan._store._records import decode_entry, decode_job, encode_entry, encode_job
from tympan._values import Claim, Job, Statistics

pytestmark = pytest.mark.anyio

FULL = Job(
    uuid=uuid.UUID(int=7),
    number=9,
    printer=printer_id("desk"),
    name="Überweisung \udcff.pdf",
    user="renée",
    media_type="application/pdf",
    ticket=b"\x02\x00ticket",
    hold="indefinite",
    state=JobState.PRINTING,
    reason="job-printing",
    detail="The device prints it.",
    created_at=NOW,
    processing_at=NOW + dt.timedelta(seconds=1),
    ended_at=NOW + dt.timedelta(microseconds=5),
    retry_at=NOW,
    size_bytes=123,
    claim=Claim(route=PluginId("ipp_submission"), attempt=2, fence=77),
    attempts=2,
    evidence=b"\x00at the device",
    impressions_completed=4,
    cancel_requested=True,
    statistics=Statistics(format="application/pdf", pages=3, sizes=("iso_a4_210x297mm",), color_pages=(1, 3)),
    target=printer_id("hall"),
    turn=12,
    shared=True,
    foreign=True,
)


def test_a_record_with_every_field_comes_back_equal() -> None:
    unset = [field.name for field in attrs.fields(Job) if getattr(FULL, field.name) in (None, b"", 0, False)]
    assert unset == []
    assert decode_job(encode_job(FULL)) == FULL


def test_a_record_with_defaults_comes_back_equal() -> None:
    job = Job(uuid=uuid.UUID(int=7), number=1, printer=printer_id("desk"), created_at=NOW)
    assert decode_job(encode_job(job)) == job
    assert decode_entry(encode_entry(line("held", JobState.HELD))) == line("held", JobState.HELD)


def test_a_record_of_a_newer_version_is_refused_and_its_unknown_fields_are_not() -> None:
    record = encode_job(FULL)
    with pytest.raises(StoreError, match="version 9"):
        decode_job(b"\x09" + record[1:])
    newer = record.replace(b'"hold":', b'"gold":')
    assert decode_job(newer) == attrs.evolve(FULL, hold="no-hold")


async def test_another_key_and_a_newer_store_are_refused_with_a_reason(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x")
    with pytest.raises(StoreDamaged, match="The key at hand does not open"):
        await Store(tmp_path, bytes(32)).open()
    async with opened(tmp_path) as store:
        assert await store.load_all() == [job]
        await store._database.write(lambda connection: _do(connection, "PRAGMA user_version=99"))
    with pytest.raises(StoreError, match="newer than this agent"):
        await Store(tmp_path, KEY).open()


async def test_a_store_that_a_newer_agent_only_added_to_is_opened_when_an_update_was_come_back_from(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x")
        adds = f"INSERT INTO facts VALUES ('needs', {len(MIGRATIONS)})"
        await store._database.write(lambda connection: _do(connection, adds))
        await store._database.write(lambda connection: _do(connection, "ALTER TABLE jobs ADD COLUMN more BLOB"))
        await store._database.write(lambda connection: _do(connection, "PRAGMA user_version=99"))
    async with opened(tmp_path) as store:
        assert await store.load_all() == [job]
        assert await accepted(store, b"y") != job
        breaks = f"UPDATE facts SET value = {len(MIGRATIONS) + 1} WHERE name = 'needs'"
        await store._database.write(lambda connection: _do(connection, breaks))
    with pytest.raises(StoreError, match="newer than this agent"):
        await Store(tmp_path, KEY).open()


def test_every_further_script_says_which_agents_can_work_with_what_it_made() -> None:
    assert [script for script in MIGRATIONS[2:] if "'needs'" not in script] == []


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = new_job(store)
    with pytest.raises(StoreError, match="closed"):
        await store.save(job)


async def test_a_damaged_record_is_told_once_however_often_it_is_met(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        job = await accepted(store, b"x")
        await store.erase(attrs.evolve(job, state=JobState.COMPLETED, ended_at=NOW))
        await store._database.write(lambda connection: _do(connection, "UPDATE jobs SET sealed = x'00'"))
        for _ in range(3):
            await store.prune(keep=0)
            await store.load_all()
        assert len(store.damaged) == 1
        await store.prune(keep=0)
        assert len(store.damaged) == 1


def _do(connection: sqlite3.Connection, statement: str) -> None:
    connection.execute(statement)
