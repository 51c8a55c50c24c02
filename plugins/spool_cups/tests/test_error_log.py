"""Reading CUPS's error log: only what came after the mark, bounded, and nothing when it cannot be read."""

from pathlib import Path

from tympan_spool_cups._error_log import LogMark
from tympan_spool_cups._limits import LOG_BYTES

OLD = "E [21/Nov/2026:06:33:36 +0000] front: old news\n"
NEW = "E [21/Nov/2026:06:33:37 +0000] front: PPD creation failed: no media\n"


def test_only_what_came_after_the_mark_counts(tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text(OLD)
    mark = LogMark.now(str(log))
    assert mark.reasons("front") == ()
    log.write_text(OLD + NEW)
    assert mark.reasons("front") == ("PPD creation failed: no media",)


def test_a_log_turned_over_meanwhile_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text(OLD * 10)
    mark = LogMark.now(str(log))
    log.write_text(NEW)
    assert mark.reasons("front") == ("PPD creation failed: no media",)


def test_of_a_huge_log_only_the_end_is_read(tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text("")
    mark = LogMark.now(str(log))
    log.write_text(OLD + "D filler\n" * (LOG_BYTES // 9 + 1) + NEW)
    assert mark.reasons("front") == ("PPD creation failed: no media",)


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert LogMark.now(str(tmp_path / "none")).reasons("front") == ()
