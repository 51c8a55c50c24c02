"""Ctrl-C at the worst moment ends a command that waits."""

from __future__ import annotations

import os
import signal
import weakref
from typing import Any

import pytest

from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._interrupt import noticed_ctrl_c
from tympan_cli._print import _wait


class Held:
    """Something to be let go of."""


def press_ctrl_c_where_exceptions_get_lost() -> None:
    """As within an import: in the callback of a weakref."""
    held = Held()
    weakref.finalize(held, os.kill, os.getpid(), signal.SIGINT)
    del held


class WaitingJob:
    """An agent whose job goes on; a second question is one too many."""

    asked = 0

    def ask(self, operation: str, **arguments: object) -> dict[str, Any]:
        self.asked += 1
        assert self.asked == 1, "the command waits on"
        press_ctrl_c_where_exceptions_get_lost()
        return {"state": "processing", "mode": "direct", "reason": "", "pages": None}


def test_ctrl_c_within_a_callback_ends_the_wait_for_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_cli._print._progress_line", lambda row: "")
    with pytest.raises(CommandError) as told:
        _wait(WaitingJob(), 7, {"mode": "direct"})  # type: ignore[arg-type]
    assert told.value.status is Exit.INTERRUPTED
    assert "job 7 goes on" in str(told.value)


def test_behind_the_block_ctrl_c_interrupts_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with noticed_ctrl_c() as pressed:
        assert not pressed()
        press_ctrl_c_where_exceptions_get_lost()
        assert pressed()
    assert signal.getsignal(signal.SIGINT) is before
