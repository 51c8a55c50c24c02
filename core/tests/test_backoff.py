"""Waits after failures: bounded, doubled, spread, and long after a no."""

from __future__ import annotations

from tympan.plugin import Backoff, Retry, TympanError

REFUSED_S = 300.0


def test_a_no_is_not_asked_again_soon_and_jitter_is_full() -> None:
    wait = Backoff(1.0, 8.0, REFUSED_S)
    assert REFUSED_S / 2 <= wait.after(TympanError("no")) <= REFUSED_S
    later = TympanError("later")
    later.retry = Retry.LATER  # type: ignore[misc]
    waits = [wait.after(later) for _ in range(200)]
    assert 4.0 < max(waits) <= 8.0
    assert len(set(waits)) == len(waits)
    wait.well()
    assert wait.after(later) <= 1.0


def test_what_the_kernel_does_not_know_is_tried_again() -> None:
    wait = Backoff(1.0, 8.0, REFUSED_S)
    assert wait.after(TimeoutError()) <= 1.0
