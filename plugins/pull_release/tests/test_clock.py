"""The time by which grants end: it goes on, whatever the clock is set to, and the hub alone takes it back."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import trio

from tympan.testing import FakeKeyValue
from tympan_pull_release._clock import GrantClock
from tympan_pull_release._errors import GrantRefused
from tympan_pull_release._grants import UsedGrants
from tympan_pull_release._stopwatch import Stopwatch
from tympan_wire.hub import ReleaseGrant

pytestmark = pytest.mark.anyio
NOON = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


class Wall:
    """A clock that somebody sets."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> dt.datetime:
        return self.time


async def made(wall: Wall, state: FakeKeyValue) -> GrantClock:
    clock = GrantClock(wall, state)
    await clock.open()
    return clock


async def test_a_clock_set_back_changes_nothing_in_a_run() -> None:
    wall = Wall()
    clock = await made(wall, FakeKeyValue())
    wall.time += 10 * MINUTE
    assert clock.now() == NOON + 10 * MINUTE
    wall.time = NOON - HOUR
    await trio.sleep(300)
    assert clock.now() == NOON + 15 * MINUTE, "it goes on by the clock that never jumps"


async def test_nor_over_a_restart() -> None:
    wall, state = Wall(), FakeKeyValue()
    await (await made(wall, state)).keep()
    wall.time = NOON - HOUR
    assert (await made(wall, state)).now() == NOON


async def test_a_clock_set_ahead_by_mistake_is_mended_by_the_hub_alone() -> None:
    wall, state = Wall(), FakeKeyValue()
    clock = await made(wall, state)
    wall.time = NOON + 1_000 * HOUR
    await clock.keep()
    wall.time = NOON
    assert clock.now() == NOON + 1_000 * HOUR
    clock.heard(NOON + MINUTE)
    assert clock.now() == NOON + MINUTE
    clock.heard(NOON + 2 * MINUTE)
    clock.heard(NOON + MINUTE / 2)
    assert clock.now() == NOON + MINUTE, "a little is what requests take"


@pytest.mark.parametrize("kept", [b"", b"noon", b"2026-11-27T12:00:00", bytes(8)])
async def test_what_cannot_be_read_is_no_time(kept: bytes) -> None:
    state = FakeKeyValue()
    await state.put("latest time", kept)
    assert (await made(Wall(), state)).now() == NOON


async def test_what_was_void_stays_void_when_the_clock_is_set_back() -> None:
    wall = Wall()
    watch = Stopwatch.start(wall)
    wall.time += HOUR
    assert watch.passed_s == 3600
    wall.time = NOON
    assert watch.passed_s == 3600


def grant(number: int, end: dt.datetime) -> ReleaseGrant:
    """A grant for a job of the same number."""
    name, ends = uuid.UUID(int=number), int(end.timestamp())
    return ReleaseGrant(
        id=name, tenant="t", agent="a", job=name, printers=("p",), by="x", not_before=ends - 900, expires_at=ends
    )


async def test_no_used_grant_is_forgotten_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_pull_release._grants.GRANTS_USED", 2)
    used = UsedGrants(FakeKeyValue())
    grants = [grant(number, NOON + HOUR + number * SECOND) for number in range(3)]
    for one in grants[:2]:
        await used.use(one, NOON)
    with pytest.raises(GrantRefused, match="too many"):
        await used.use(grants[2], NOON)
    with pytest.raises(GrantRefused, match="before"):
        await used.use(grants[0], NOON)
    await used.use(grants[2], NOON + HOUR)
    with pytest.raises(GrantRefused, match="before"):
        await used.use(grants[1], NOON + HOUR)


async def test_jobs_that_were_let_go_are_known_as_long_as_the_hub_may_ask_for_them() -> None:
    state, latest = FakeKeyValue(), NOON + HOUR
    await UsedGrants(state).use(grant(1, latest), NOON)
    used = UsedGrants(state)  # after a restart
    assert await used.jobs(NOON) == await used.jobs(latest + 14 * 24 * HOUR) == (uuid.UUID(int=1),)
    assert await used.jobs(latest + 16 * 24 * HOUR) == ()
