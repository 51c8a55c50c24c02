"""The journal on disk: whole records only, and going on where it ended."""

from pathlib import Path
from typing import Any

from tympan_sim import Record, read_journal
from tympan_sim._journal import JOURNAL_FILE, Journal


def record(order: int, **more: Any) -> Record:
    values: dict[str, Any] = {
        "order": order, "printer": "lab", "job_id": order, "job_uuid": "urn:uuid:1", "name": "Grüße", "user": "ada",
        "format": "application/pdf", "ticket": {"copies": [2], "media-col": [{"media-type": ["stationery"]}]},
        "bytes": 3, "sha256": "00", "pages": 1, "impressions": 2, "ended": "completed", "at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return Record(**(values | more))


def test_records_come_back_from_disk(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lab")
    journal.append(record(1))
    journal.append(record(2))
    assert read_journal(tmp_path / "lab") == [record(1), record(2)] == list(journal.records)


def test_a_reopened_journal_goes_on(tmp_path: Path) -> None:
    Journal(tmp_path).append(record(1))
    again = Journal(tmp_path)
    assert again.next_order == 2
    again.append(record(2))
    assert [at.order for at in read_journal(tmp_path)] == [1, 2]


def test_a_torn_last_line_is_dropped_and_never_glued_to_the_next(tmp_path: Path) -> None:
    Journal(tmp_path).append(record(1))
    with (tmp_path / JOURNAL_FILE).open("ab") as file:
        file.write(b'{"order":2,"prin')
    assert read_journal(tmp_path) == [record(1)]
    Journal(tmp_path).append(record(2))
    assert read_journal(tmp_path) == [record(1), record(2)]


def test_without_a_folder_records_stay_in_memory() -> None:
    journal = Journal(None)
    journal.append(record(1))
    assert journal.records == (record(1),)
