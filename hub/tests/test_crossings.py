"""Crossings, whatever agents say in whatever order: never two of them begin, and a fence only grows."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from hub_rig import BIRTH
from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.crossings import (
    OPEN,
    STEPS,
    UNBEGUN,
    Crossing,
    CrossingEnvelope,
    CrossingState,
    CrossingStep,
    first_asked,
)
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import AgentId, CrossingId, JobId, PrinterId, TenantId, UploadId
from tympan_hub.domain.jobs import ENDED, Standing
from tympan_hub.domain.limits.tunnel import BACK_OFF, BACK_OFF_MOST, LEASE

AGENTS = tuple(AgentId(letter) for letter in "abc")
MADE = Crossing(
    id=CrossingId(uuid.UUID(int=1)),
    tenant=TenantId("acme"),
    job=JobId(uuid.UUID(int=2)),
    printer=PrinterId("far-away"),
    sender=AgentId("s"),
    upload=UploadId("u"),
    size=3,
    note="",
    offered_at=BIRTH,
    expires_at=BIRTH + dt.timedelta(days=1),
    free_at=BIRTH,
)
SAID = (CrossingStep.BEGIN, CrossingStep.GIVE_BACK, CrossingStep.REFUSE)

leases = st.tuples(st.just("lease"), st.sampled_from(AGENTS))
words = st.tuples(st.just("word"), st.sampled_from(AGENTS), st.integers(0, 5), st.sampled_from(SAID))
waits = st.tuples(st.just("wait"), st.integers(1, 12))
others = st.sampled_from([("cancel",), ("expire",), ("lose",)])
ends = st.tuples(st.just("end"), st.sampled_from(sorted(ENDED)))


def after(crossing: Crossing, event: tuple[object, ...], now: dt.datetime) -> tuple[Crossing, bool]:
    """A crossing after something happened, and whether a word counted; what cannot be changes nothing."""
    try:
        match event:
            case ("lease", str(agent)):
                return crossing.leased(AgentId(agent), now), False
            case ("word", str(agent), int(fence), CrossingStep() as step):
                return crossing.heard(step, AgentId(agent), fence, now)
            case ("cancel",):
                return crossing.canceled(now), False
            case ("expire",):
                return crossing.expired(now), False
            case ("lose",):
                return crossing.lost(now), False
            case ("end", Standing() as standing):
                return crossing.ended(standing, now, "none", ""), False
    except Conflict:
        pass
    return crossing, False


@given(st.lists(st.one_of(leases, leases, words, words, waits, others, ends), max_size=60))
def test_never_two_agents_begin_and_a_fence_only_grows(events: list[tuple[object, ...]]) -> None:
    crossing, now, begun = MADE, BIRTH, set()
    for event in events:
        if event[0] == "wait":
            now += dt.timedelta(seconds=int(str(event[1])))
        before = crossing
        crossing, counts = after(crossing, event, now)
        assert crossing.fence >= before.fence
        assert crossing.fence == before.fence or event[0] == "lease"
        if counts and event[0] == "word" and event[3] is CrossingStep.BEGIN:
            begun.add(event[1])
        if before.was_begun:
            assert (crossing.holder, crossing.fence, crossing.was_begun) == (before.holder, before.fence, True)
            assert crossing.state not in UNBEGUN
    assert len(begun) <= 1
    assert not begun or crossing.holder in begun


@given(st.lists(st.one_of(leases, words, waits, others, ends), max_size=40), words)
def test_the_same_word_again_is_answered_the_same_and_changes_nothing(
    events: list[tuple[object, ...]], word: tuple[object, ...]
) -> None:
    crossing, now = MADE, BIRTH
    for event in events:
        now += dt.timedelta(seconds=int(str(event[1])) if event[0] == "wait" else 0)
        crossing, _ = after(crossing, event, now)
    once, counts = after(crossing, word, now)
    assert after(once, word, now + LEASE) == (once, counts)


@given(st.lists(st.one_of(leases, words, waits, others, ends), max_size=40))
def test_a_begin_that_counted_counts_for_ever_and_one_that_did_not_never_does(events: list[tuple[object, ...]]) -> None:
    crossing, now = MADE, BIRTH
    asked: dict[tuple[object, ...], bool] = {}
    for event in events:
        now += dt.timedelta(seconds=int(str(event[1])) if event[0] == "wait" else 0)
        known = event[0] == "word" and event[3] is CrossingStep.BEGIN and event[2] == crossing.fence
        crossing, counts = after(crossing, event, now)
        if known and event[1] == crossing.holder:
            assert asked.setdefault(event[:3], counts) is counts


def test_a_lease_that_did_not_run_out_is_given_to_nobody_else() -> None:
    taken = MADE.leased(AGENTS[0], BIRTH)
    with pytest.raises(Conflict):
        taken.leased(AGENTS[1], BIRTH + LEASE - dt.timedelta(milliseconds=1))
    assert taken.leased(AGENTS[1], BIRTH + LEASE).fence == 2


def test_a_lease_that_ran_out_may_be_begun_until_another_agent_has_the_next_one() -> None:
    taken, late = MADE.leased(AGENTS[0], BIRTH), BIRTH + LEASE * 3
    assert taken.heard(CrossingStep.BEGIN, AGENTS[0], 1, late)[1]
    given = taken.leased(AGENTS[1], late)
    assert given.heard(CrossingStep.BEGIN, AGENTS[0], 1, late) == (given, False)


@pytest.mark.parametrize("step", SAID)
@pytest.mark.parametrize(("agent", "fence"), [(AGENTS[1], 1), (AGENTS[0], 0), (AGENTS[0], 2)])
def test_a_word_of_another_agent_or_under_another_fence_does_not_count(
    step: CrossingStep, agent: AgentId, fence: int
) -> None:
    taken = MADE.leased(AGENTS[0], BIRTH)
    assert taken.heard(step, agent, fence, BIRTH) == (taken, False)


def test_an_agent_that_knows_nothing_any_more_of_what_it_began_says_so_and_it_is_lost() -> None:
    begun, _ = MADE.leased(AGENTS[0], BIRTH).heard(CrossingStep.BEGIN, AGENTS[0], 1, BIRTH)
    assert begun.heard(CrossingStep.REFUSE, AGENTS[1], 1, BIRTH) == (begun, False)
    lost, counts = begun.heard(CrossingStep.REFUSE, AGENTS[0], 1, BIRTH)
    assert (lost.state, counts) == (CrossingState.LOST, True)
    assert "knows nothing of it any more" in lost.detail
    assert lost.ended(Standing.COMPLETED, BIRTH, "none", "").state is CrossingState.COMPLETED


def test_only_a_lost_one_ends_once_more_and_nothing_that_was_begun_waits_again() -> None:
    over = {state for state in CrossingState if state not in OPEN}
    assert {state for state, _ in STEPS} & over == {CrossingState.LOST}
    begun = {CrossingState.BEGUN, CrossingState.LOST}
    assert not {to for (state, _), to in STEPS.items() if state in begun} & UNBEGUN
    assert {to for (_, step), to in STEPS.items() if step is CrossingStep.BEGIN} == {CrossingState.BEGUN}


@pytest.mark.parametrize("standing", sorted(ENDED))
def test_every_end_an_agent_can_report_is_an_end_here(standing: Standing) -> None:
    begun, _ = MADE.leased(AGENTS[0], BIRTH).heard(CrossingStep.BEGIN, AGENTS[0], 1, BIRTH)
    assert begun.can_end(standing)
    assert begun.ended(standing, BIRTH, "none", "").ended_at == BIRTH
    assert not MADE.can_end(standing)


def test_who_gives_a_job_back_is_asked_later_each_time() -> None:
    envelope, waits = CrossingEnvelope(agent=AGENTS[0], recipient="r", envelope="e"), []
    for _ in range(20):
        envelope = envelope.backed_off(BIRTH)
        assert envelope.not_before is not None
        waits.append(envelope.not_before - BIRTH)
    assert waits[:2] == [BACK_OFF, BACK_OFF * 2]
    assert waits == sorted(waits)
    assert waits[-1] == BACK_OFF_MOST
    assert envelope.spoiled() == attrs.evolve(envelope, recipient="")


@pytest.mark.parametrize(
    ("here", "loads", "first"),
    [
        ("", {}, None),
        ("b", {"b": 9}, "b"),
        ("abc", {"a": 1}, "b"),
        ("abc", {"a": 1, "b": 2, "c": 1}, "a"),
        ("d", {}, None),
    ],
)
def test_the_connected_agent_with_the_fewest_jobs_is_asked_first(
    here: str, loads: dict[AgentId, int], first: str | None
) -> None:
    assert first_asked(AGENTS, [AgentId(agent) for agent in here], loads) == first
