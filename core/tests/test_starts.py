"""A start of the agent looks for no garbage, and what runs afterwards does."""

from __future__ import annotations

import gc

import pytest

from tympan._starts import starting


def test_no_garbage_is_looked_for_meanwhile_and_never_among_what_stays() -> None:
    before = gc.get_freeze_count()
    with starting():
        assert not gc.isenabled()
        stays: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(stays)


def test_garbage_is_looked_for_again_after_a_start_that_failed() -> None:
    with pytest.raises(OSError, match="no disk"), starting():
        raise OSError("no disk")
    assert gc.isenabled()
