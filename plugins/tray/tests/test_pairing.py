"""Codes and sessions: good for so long, for so many, and in the right hands."""

from __future__ import annotations

import pytest

from tympan_tray._accounts import may_pair
from tympan_tray._limits import CODE_S, SESSION_S
from tympan_tray._pairing import Pairing, Passes


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_code_is_good_for_a_minute() -> None:
    clock = Clock()
    pairing = Pairing(clock)
    code = pairing.codes.give("ada", 1000)
    clock.now = CODE_S
    assert pairing.opened(code, 1000) is None


def test_a_session_is_good_for_a_working_day() -> None:
    clock = Clock()
    pairing = Pairing(clock)
    session = pairing.opened(pairing.codes.give("ada", 1000), 1000)
    assert session is not None
    clock.now = SESSION_S - 1
    found = pairing.sessions.look(session, 1000)
    assert found is not None
    assert found.account == "ada"
    clock.now = SESSION_S
    assert pairing.sessions.look(session, 1000) is None


def test_in_the_wrong_hands_a_code_stays_for_the_right_ones() -> None:
    pairing = Pairing(Clock())
    code = pairing.codes.give("ada", 1000)
    assert pairing.opened(code, 1001) is None
    assert pairing.opened(code, None) is None
    assert pairing.opened(code, 1000) is not None


def test_where_no_owner_is_told_the_code_alone_decides() -> None:
    pairing = Pairing(Clock())
    assert pairing.opened(pairing.codes.give("ada", None), None) is not None


@pytest.mark.parametrize(
    ("uid", "platform", "may"),
    [(1000, "linux", True), (None, "linux", False), (None, "darwin", True), (None, "win32", True)],
)
def test_a_code_that_is_bound_to_nobody_is_given_only_where_the_system_tells_no_owner(
    uid: int | None, platform: str, may: bool
) -> None:
    assert may_pair(uid, platform) is may


def test_the_oldest_makes_room() -> None:
    passes = Passes(60, 2, Clock())
    first, second, third = (passes.give("ada", 1000) for _ in range(3))
    assert passes.look(first, 1000) is None
    assert passes.look(second, 1000) is not None
    assert passes.look(third, 1000) is not None


def test_none_goes_while_there_is_room() -> None:
    passes = Passes(60, 32, Clock())
    codes = [passes.give("ada", 1000) for _ in range(32)]
    assert all(passes.look(code, 1000) for code in codes)


def test_nobody_pushes_out_the_codes_and_pages_of_another_account() -> None:
    passes = Passes(60, 2, Clock())
    adas = passes.give("ada", 1000)
    for _ in range(5):
        passes.give("bob", 1001)
    assert passes.look(adas, 1000) is not None


def test_what_is_good_no_more_takes_no_room() -> None:
    clock = Clock()
    passes = Passes(60, 2, clock)
    for number in range(5):
        passes.give(f"account-{number}", number)
    clock.now = 60
    passes.give("ada", 1000)
    assert len(passes._there) == 1
