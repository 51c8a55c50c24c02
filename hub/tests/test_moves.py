"""Where a device takes jobs, and whether it moved: what one liar tells is neither the address nor a fact."""

from __future__ import annotations

import datetime as dt

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.moves import Move, best_uri, certificate_at, move_of
from tympan_hub.domain.sightings import BY_HAND, IMPORT, Name, Sighting, Trace

BIRTH = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
LATER = BIRTH + dt.timedelta(days=1)
TRUE, FALSE = "ipp://10.0.0.5/ipp/print", "ipps://10.0.0.66/ipp/print"
SECURE = "ipps://10.0.0.5/ipp/print"
PIN, OTHER = "a" * 64, "e" * 64
EVIL = AgentId("evil")


def seen(
    uri: str, agent: str = "a1", *, key: str = "k", shows: str = "", since: dt.datetime = BIRTH, in_view: bool = True
) -> Sighting:
    """A sighting of the device at an address."""
    name = Name(AgentId(agent), "bonjour", key)
    trace = Trace(name=name, first_seen_at=since, seen_at=LATER, fingerprint=shows, in_view=in_view, serial="c 4711")
    return Sighting(trace=trace, uri=uri)


def many(uri: str, shows: str = "", *, in_view: bool = True) -> list[Sighting]:
    return [seen(uri, f"a{number}", shows=shows, in_view=in_view) for number in range(20)]


def test_one_agent_that_claims_a_secure_address_does_not_set_it() -> None:
    assert best_uri([*many(TRUE), seen(FALSE, EVIL, since=BIRTH - dt.timedelta(9_000))]) == TRUE


def test_one_agent_that_claims_it_a_hundred_times_counts_once() -> None:
    assert best_uri([*many(TRUE), *(seen(FALSE, EVIL, key=f"{number}") for number in range(100))]) == TRUE


def test_who_joins_a_network_later_does_not_set_the_address_of_who_was_there() -> None:
    newcomer = [seen(FALSE, f"a{number}", key="new", since=LATER) for number in range(20)]
    assert best_uri([*newcomer, *many(TRUE)]) == TRUE


def test_of_one_host_the_secure_address_is_taken_whoever_sees_it() -> None:
    assert best_uri([*many(TRUE), seen(SECURE, "a3", key="wsd")]) == SECURE


def test_what_is_in_view_goes_before_what_was() -> None:
    assert best_uri([*many(TRUE, in_view=False), seen(FALSE)]) == FALSE
    assert best_uri(many(TRUE, in_view=False)) == TRUE
    assert best_uri([]) == ""


def test_the_certificate_is_that_of_the_address_and_not_another_sightings() -> None:
    told = [*many(SECURE, PIN), seen(FALSE, EVIL, shows=OTHER), seen(SECURE, EVIL, key="2", shows=OTHER)]
    assert certificate_at(SECURE, told) == PIN
    assert certificate_at(FALSE, told) == OTHER
    assert certificate_at(TRUE, [seen(TRUE, shows=PIN)]) == ""


def test_an_address_that_a_stranger_claims_while_the_device_sleeps_is_no_fact() -> None:
    asleep = many(TRUE, in_view=False)
    claim = Move(uri=FALSE, fingerprint=OTHER, seen_by=(EVIL,), proven=False)
    assert move_of(TRUE, "", [*asleep, seen(FALSE, EVIL, shows=OTHER)]) == claim
    assert move_of(SECURE, PIN, [*many(SECURE, PIN, in_view=False), seen(FALSE, EVIL, shows=OTHER)]) == claim


def test_a_certificate_that_was_never_pinned_proves_nothing() -> None:
    told = [seen(SECURE, EVIL, key="1", shows=OTHER, in_view=False), seen(FALSE, EVIL, shows=OTHER)]
    move = move_of(SECURE, "", told)
    assert move is not None
    assert not move.proven


def test_the_pinned_certificate_proves_a_move_however_many_tell_otherwise() -> None:
    crowd = [seen(FALSE, f"evil{number}", shows=OTHER) for number in range(5)]
    move = move_of(SECURE, PIN, [*crowd, seen("ipps://10.0.0.9/ipp/print", shows=PIN)])
    assert move == Move(uri="ipps://10.0.0.9/ipp/print", fingerprint=PIN, seen_by=(AgentId("a1"),), proven=True)


def test_no_address_without_a_certificate_is_offered_to_a_printer_with_a_pin() -> None:
    assert move_of(SECURE, PIN, [seen("ipp://10.0.0.66/ipp/print", EVIL, shows=PIN)]) is None


def test_a_device_that_is_in_view_where_its_printer_has_it_did_not_move() -> None:
    assert move_of(TRUE, "", [seen(TRUE), *many(FALSE)]) is None
    assert move_of(TRUE, "", many(FALSE, in_view=False)) is None


def test_an_administrators_list_is_nobody_who_sees() -> None:
    by_hand = Trace(name=Name(BY_HAND, IMPORT, "k"), first_seen_at=BIRTH, seen_at=BIRTH, in_view=False)
    assert best_uri([Sighting(trace=by_hand, uri=TRUE)]) == TRUE
    assert move_of(FALSE, "", [Sighting(trace=by_hand, uri=TRUE)]) is None
