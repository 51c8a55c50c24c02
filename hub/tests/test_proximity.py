"""Codes of screens, tickets and doors: pure rules of nearness."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import PersonId, PrinterId
from tympan_hub.domain.limits.proximity import DOORS, ROTATING_CHARS, ROTATING_STEP, TICKET
from tympan_hub.domain.proximity import (
    LETTERS,
    SUFFICES,
    Challenge,
    Proximity,
    Ticket,
    challenge_from,
    challenge_text,
    check_doors,
    is_door,
    is_same,
    new_code,
    new_point_secret,
    rotating_code,
    screen_at,
    shown_in,
    spelled,
    step_at,
    ticket_from,
    ticket_text,
    typed,
)

SECRET = bytes(range(32))
NOW = dt.datetime(2026, 11, 1, 12, 0, 10, tzinfo=dt.UTC)
TICKET_OF_ADA = Ticket(person=PersonId("ada"), point=PrinterId("front"), how=Proximity.ROTATING, until=NOW + TICKET)


def test_a_screen_s_code_is_always_made_alike() -> None:
    """A published vector: a screen that makes its codes itself may be built against it."""
    assert rotating_code(SECRET, 58_795_440) == "XA22H38P"


def test_a_screen_shows_a_code_of_letters_nobody_mistakes() -> None:
    shown, left = screen_at(SECRET, NOW)
    assert len(shown) == ROTATING_CHARS
    assert set(shown) <= set(LETTERS)
    assert dt.timedelta() < left <= ROTATING_STEP
    assert not set("01OIL") & set(LETTERS)


@pytest.mark.parametrize("late_s", [0, 30, 49])
def test_a_code_is_taken_in_its_step_and_the_next(late_s: int) -> None:
    shown, _ = screen_at(SECRET, NOW)
    assert shown_in(SECRET, spelled(shown).lower(), NOW + dt.timedelta(seconds=late_s)) == step_at(NOW)


@pytest.mark.parametrize("late_s", [50, 60, 3600, -11])
def test_a_photographed_code_is_worth_nothing_later_or_before(late_s: int) -> None:
    shown, _ = screen_at(SECRET, NOW)
    assert shown_in(SECRET, shown, NOW + dt.timedelta(seconds=late_s)) is None


def test_another_device_s_code_is_none_of_this_one() -> None:
    assert shown_in(new_point_secret(), screen_at(SECRET, NOW)[0], NOW) is None


@given(st.text(max_size=60))
def test_whatever_is_shown_is_compared(text: str) -> None:
    assert shown_in(SECRET, text, NOW) in (None, step_at(NOW), step_at(NOW) - 1)
    assert is_same("ABCD2345", text) == (typed(text) == "ABCD2345")


def test_codes_are_read_as_people_type_them() -> None:
    code = new_code()
    assert typed(f" {spelled(code).lower()} ") == code
    assert typed("ABCD-234O") == ""
    assert not is_same(code, "")


def test_a_ticket_holds_for_its_person_device_and_time() -> None:
    ada, front, wanted = PersonId("ada"), PrinterId("front"), Proximity.ROTATING
    assert TICKET_OF_ADA.admits(ada, front, wanted, NOW)
    assert not TICKET_OF_ADA.admits(PersonId("bob"), front, wanted, NOW)
    assert not TICKET_OF_ADA.admits(None, front, wanted, NOW)
    assert not TICKET_OF_ADA.admits(ada, PrinterId("back"), wanted, NOW)
    assert not TICKET_OF_ADA.admits(ada, front, wanted, NOW + TICKET)


@pytest.mark.parametrize(
    ("wanted", "shown", "does"),
    [
        (Proximity.STATIC, Proximity.STATIC, True),
        (Proximity.STATIC, Proximity.NEAR, True),
        (Proximity.ROTATING, Proximity.STATIC, False),
        (Proximity.ROTATING, Proximity.NEAR, False),
        (Proximity.ROTATING, Proximity.ROTATING, True),
        (Proximity.NEAR, Proximity.STATIC, False),
        (Proximity.NEAR, Proximity.ROTATING, False),
        (Proximity.NEAR, Proximity.NEAR, True),
    ],
)
def test_no_proof_does_for_a_stronger_one(wanted: Proximity, shown: Proximity, does: bool) -> None:
    ticket = attrs.evolve(TICKET_OF_ADA, how=shown)
    assert (shown in SUFFICES[wanted]) is does
    assert ticket.admits(ticket.person, ticket.point, wanted, NOW) is does


def test_tickets_and_challenges_read_as_they_were_written() -> None:
    assert ticket_from(ticket_text(TICKET_OF_ADA)) == TICKET_OF_ADA
    challenge = Challenge(person=PersonId("ada"), point=PrinterId("front"), until=NOW)
    assert challenge_from(challenge_text(challenge)) == challenge


@pytest.mark.parametrize(
    "door", ["http://192.168.2.7:39151", "http://[fd00::7]:39151", "http://10.0.0.1:80", "http://169.254.3.4:1"]
)
def test_a_door_is_an_address_and_a_port(door: str) -> None:
    assert is_door(door)
    check_doors((door,) * DOORS)


@pytest.mark.parametrize(
    "door",
    [
        "https://192.168.2.7:39151",
        "http://evil.example:80",
        "http://192.0.2.7",
        "http://192.0.2.7:0",
        "http://192.168.2.7:39151/path",
        "http://192.168.2.7:39151?x",
        "http://user@192.168.2.7:39151",
        "http://0.0.0.0:39151",
        "http://224.0.0.1:39151",
        "http://3221225991:80",
        "http://127.0.0.1:39151",
        "http://[::1]:39151",
        "http://93.184.216.34:39151",
        "http://172.32.0.1:39151",
        "http://[2001:db8::7]:39151",
        "http://[::ffff:192.168.2.7]:39151",
        "javascript:alert(1)",
        "http://[fd00::7%25eth0]:39151",
        "",
    ],
)
def test_nobody_is_sent_anywhere_else(door: str) -> None:
    assert not is_door(door)
    with pytest.raises(BadInput):
        check_doors((door,))


@pytest.mark.parametrize("door", ["http://127.0.0.1:39151", "http://[::1]:39151"])
def test_loopback_is_a_door_where_the_hub_itself_is_on_the_machine(door: str) -> None:
    check_doors((door,), own_machine=True)
    with pytest.raises(BadInput):
        check_doors((door,))
    with pytest.raises(BadInput):
        check_doors(("http://93.184.216.34:39151",), own_machine=True)


def test_an_agent_has_so_many_doors() -> None:
    with pytest.raises(BadInput):
        check_doors(("http://192.168.2.7:39151",) * (DOORS + 1))
