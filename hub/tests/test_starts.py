"""A start of the command looks for no garbage, and what runs afterwards does."""

import gc

import pytest

from tympan_hub.cli.starts import importing


def test_no_garbage_is_looked_for_meanwhile_and_never_among_what_stays() -> None:
    before = gc.get_freeze_count()
    with importing():
        assert not gc.isenabled()
        stays: list[list[int]] = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(stays)


def test_garbage_is_looked_for_again_after_a_module_that_is_missing() -> None:
    with pytest.raises(ModuleNotFoundError), importing():
        raise ModuleNotFoundError
    assert gc.isenabled()
