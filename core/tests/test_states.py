"""The tables of jobs and plugins: what is in them, what is not, and what never may be."""

from __future__ import annotations

import itertools

import pytest

from tympan._errors import IllegalStep
from tympan._states import (
    JOB_TABLE,
    PLUGIN_TABLE,
    JobState,
    JobStep,
    PluginState,
    PluginStep,
    job_step,
    plugin_step,
)


@pytest.mark.parametrize(("state", "step"), list(itertools.product(JobState, JobStep)))
def test_a_job_takes_the_steps_of_its_table_and_no_others(state: JobState, step: JobStep) -> None:
    if (state, step) in JOB_TABLE:
        assert job_step(state, step) is JOB_TABLE[state, step]
    else:
        with pytest.raises(IllegalStep):
            job_step(state, step)


def test_an_illegal_step_is_told_in_words_for_people() -> None:
    with pytest.raises(IllegalStep, match=r"^a job that is completed takes no step 'release'$"):
        job_step(JobState.COMPLETED, JobStep.RELEASE)
    with pytest.raises(IllegalStep, match=r"^a plugin that is refused takes no step 'start'$"):
        plugin_step(PluginState.REFUSED, PluginStep.START)


def test_a_job_that_is_over_stays_over() -> None:
    assert {state for state, _ in JOB_TABLE if state.terminal} == set()
    assert {state for state in JobState if state.terminal} == {
        JobState.COMPLETED,
        JobState.ABORTED,
        JobState.CANCELED,
        JobState.EXPIRED,
    }


def test_every_state_of_a_job_can_be_reached_and_every_job_can_end() -> None:
    reached = {JobState.RECEIVING}
    for _ in JobState:
        reached |= {after for (before, _), after in JOB_TABLE.items() if before in reached}
    assert reached == set(JobState)
    ends = {state for state in JobState if state.terminal}
    for _ in JobState:
        ends |= {before for (before, _), after in JOB_TABLE.items() if after in ends}
    assert ends == set(JobState)


def test_a_job_whose_end_is_unknown_is_printed_again_by_a_person_alone_and_may_end_as_it_truly_did() -> None:
    steps = {step for state, step in JOB_TABLE if state is JobState.UNKNOWN}
    assert steps == {JobStep.RELEASE, JobStep.COMPLETE, JobStep.ABORT, JobStep.CANCEL}


def test_a_claimed_job_is_never_simply_queued_once_it_was_sent() -> None:
    assert (JobState.PRINTING, JobStep.HAND_BACK) not in JOB_TABLE
    assert (JobState.PRINTING, JobStep.RETRY) not in JOB_TABLE


@pytest.mark.parametrize(("state", "step"), list(itertools.product(PluginState, PluginStep)))
def test_a_plugin_takes_the_steps_of_its_table_and_no_others(state: PluginState, step: PluginStep) -> None:
    if (state, step) in PLUGIN_TABLE:
        assert plugin_step(state, step) is PLUGIN_TABLE[state, step]
    else:
        with pytest.raises(IllegalStep):
            plugin_step(state, step)
