"""A start of the agent looks for garbage among what is new, and what runs afterwards as ever."""

from __future__ import annotations

import gc
import linecache
import weakref

import attrs
import pytest

from tympan._starts import starting


def test_what_stays_is_never_looked_through_again() -> None:
    with starting():
        stays: list[list[int]] = [[] for _ in range(20_000)]
        assert not _is_looked_through(stays[0]), "it waits until the end to put aside what was made"
    assert not any(map(_is_looked_through, (stays[0], stays[-1], stays)))
    assert _is_looked_through([])


def _is_looked_through(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


def test_what_imports_leave_behind_is_not_kept() -> None:
    left: list[weakref.ref[type]] = []

    def remembered(made: type) -> type:
        left.append(weakref.ref(made))
        return made

    with starting():
        stays = attrs.frozen(remembered(type("Twice", (), {"__annotations__": {"number": int}})))
        assert [name for name in linecache.cache if "Twice" in name]
    assert "__slots__" in vars(stays)
    assert left[0]() is None
    assert not [name for name in linecache.cache if "Twice" in name]


def test_garbage_is_looked_for_as_ever_after_a_start_that_failed() -> None:
    usual, callbacks = gc.get_threshold(), list(gc.callbacks)
    with pytest.raises(OSError, match="no disk"), starting():
        assert gc.get_threshold() != usual
        raise OSError("no disk")
    assert (gc.isenabled(), gc.get_threshold(), gc.callbacks) == (True, usual, callbacks)
