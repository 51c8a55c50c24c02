"""A job that two agents were given: the device decides, and it comes out once."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
import trio
from submission_agents import Agent, Race, agent
from submission_bench import Bench, bench, pdf, virtual
from submission_everprinter import ever_printer

from tympan.plugin import Aborted, Completed, Deferred, LostTrack, Outcome, PrinterId, PrinterReach
from tympan.testing import FakeDelivery
from tympan_ipp_submission._lookout import DUPLICATE, marked_name
from tympan_ipp_submission._model import JobReport
from tympan_ipp_submission._twins import Mark, rival
from tympan_sim import OPERATIONS, WITHOUT_CREATE_JOB, Profile
from tympan_wire.ipp import JobState, Operation

SEEDS = 240
LOTS = 8


def _profile(rng: random.Random) -> Profile:
    return Profile(pages_per_s=rng.choice([0.2, 5, 100]), one_job=rng.random() < 0.2)


@pytest.mark.parametrize("lot", range(LOTS))
def test_a_hub_that_lets_two_agents_begin_prints_once(lot: int) -> None:
    for seed in range(lot, SEEDS, LOTS):
        rng = random.Random(seed)
        race = Race(profile=_profile(rng), rng=rng)
        race.run(*[agent()] * rng.choice([2, 2, 3]))
        outcomes = [one.outcome for one in race.agents]
        assert race.printed == 1, (seed, outcomes)
        assert sum(isinstance(one, Completed) for one in outcomes) == 1, (seed, outcomes)
        others = [one for one in outcomes if not isinstance(one, Completed)]
        assert all(isinstance(one, Aborted) and one.reason == DUPLICATE for one in others), (seed, outcomes)
        assert not race.device.printer.active, (seed, "an empty job is left at the device")


@pytest.mark.parametrize("lot", range(LOTS))
def test_lost_requests_and_crashes_bring_no_second_print(lot: int) -> None:
    for seed in range(lot, SEEDS, LOTS):
        rng = random.Random(10_000 + seed)
        race = Race(profile=_profile(rng), rng=rng)
        crashes = [frozenset(rng.sample(range(1, 16), rng.choice([0, 1, 2]))) for _ in range(2)]
        race.run(*[agent(loss=rng.choice([0, 0.05]), crashes=crashes[n]) for n in range(2)])
        outcomes = [one.outcome for one in race.agents]
        assert race.printed == 1, (seed, outcomes)
        assert sum(isinstance(one, Completed | LostTrack) for one in outcomes) == 1, (seed, outcomes)


def race_of(*agents: Callable[[Race], Agent], profile: Profile | None = None) -> Race:
    """A race whose times do not matter."""
    race = Race(profile=profile or Profile(pages_per_s=100), rng=random.Random(1))
    race.run(*agents)
    return race


def outcomes(race: Race) -> list[str]:
    return [type(one.outcome).__name__ for one in race.agents]


def test_a_job_another_agent_printed_ends_with_a_sentence_and_nothing_made_at_the_device() -> None:
    race = race_of(agent(begins_s=0.0), agent(begins_s=20.0))
    late = race.agents[1]
    assert isinstance(late.outcome, Aborted)
    assert late.outcome.detail == (
        "Another computer has brought this document to the device already (job 1 there). "
        "This computer printed nothing of it."
    )
    assert late.times(Operation.CREATE_JOB) == 0 and race.printed == 1


def test_an_agent_that_never_brings_its_document_keeps_nobody_from_printing() -> None:
    dead_behind_create_job = agent(begins_s=0.0, crashes=frozenset({5}), gone_s=600.0)
    race = race_of(dead_behind_create_job, agent(begins_s=5.0))
    dead, living = race.agents
    assert dead.asked[3].code == Operation.CREATE_JOB, "it crashed with an empty job at the device"
    assert outcomes(race) == ["Aborted", "Completed"] and race.printed == 1
    assert living.times(Operation.CREATE_JOB) == 1


def test_a_job_canceled_empty_at_the_device_keeps_nobody_from_printing() -> None:
    def canceled(race: Race) -> Agent:
        made = agent(begins_s=0.0)(race)
        made.delivery.canceled.set()
        return made

    race = race_of(canceled, agent(begins_s=20.0))
    assert outcomes(race) == ["CanceledAtDevice", "Completed"] and race.printed == 1


def test_a_device_that_makes_no_job_before_its_document_is_asked_once_and_the_story_says_so() -> None:
    race = race_of(agent(begins_s=0.0), agent(begins_s=20.0), profile=Profile(operations=WITHOUT_CREATE_JOB))
    assert outcomes(race) == ["Completed", "Aborted"] and race.printed == 1
    told = "the device was asked only once whether another computer brought it the document"
    assert [line for line in race.agents[0].story if line.startswith(told)] == [
        f"{told} it makes a job together with its document"
    ]


def test_a_device_that_lists_no_jobs_prints_and_the_story_says_so_once() -> None:
    race = race_of(agent(), profile=Profile(operations=OPERATIONS - {Operation.GET_JOBS}))
    [only] = race.agents
    assert isinstance(only.outcome, Completed) and only.times(Operation.GET_JOBS) == 2
    assert sum("it cannot be told whether another computer" in line for line in only.story) == 1


def test_a_job_no_other_machine_can_have_costs_no_question_and_keeps_its_name() -> None:
    race = race_of(agent(shared=False))
    assert isinstance(race.agents[0].outcome, Completed) and race.agents[0].times(Operation.GET_JOBS) == 0
    assert [job.name for job in race.device.jobs] == ["letter"]


@pytest.mark.parametrize(("attempts", "printed"), [(1, 2), (2, 1)])
def test_a_sender_that_prints_after_all_asks_whether_a_receiver_did(attempts: int, printed: int) -> None:
    """A hub may say falsely that no receiver began. The first attempt is before any offer, and asks nothing."""
    sender = agent(begins_s=20.0, shared=False, reach=PrinterReach.FALLBACK, attempts=attempts)
    assert race_of(agent(begins_s=0.0), sender).printed == printed


def test_a_released_job_that_another_agent_printed_is_not_offered_for_release_elsewhere() -> None:
    race = race_of(agent(begins_s=0.0), agent(begins_s=20.0, target=PrinterId("front")))
    assert outcomes(race) == ["Completed", "Aborted"]


# ------------------------------------------------------------------ recognising a twin

OURS, THEIRS = (Mark.of(uuid.UUID(int=7), secret) for secret in (b"ours", b"theirs"))
"""Marks of one job at two agents."""


WAITING = JobReport(state=JobState.PENDING, reasons=("job-incoming",), started=False)
EMPTY = JobReport(state=JobState.CANCELED, started=False)
UNTOLD = JobReport(state=JobState.CANCELED)
PRINTING = JobReport(state=JobState.PROCESSING, reasons=("job-printing",), started=True)
DONE = JobReport(state=JobState.COMPLETED, started=True)


def listed(report: JobReport, number: int, mark: Mark = THEIRS) -> JobReport:
    return attrs.evolve(report, id=number, name=marked_name("letter", mark))


@pytest.mark.parametrize(
    ("theirs", "before", "lower", "higher"),
    [
        (WAITING, True, True, False),
        (EMPTY, False, False, False),
        (UNTOLD, True, True, False),
        (PRINTING, True, True, True),
        (DONE, True, True, True),
    ],
    ids=["waits", "canceled-empty", "canceled-untold", "prints", "done"],
)
def test_who_yields(theirs: JobReport, before: bool, lower: bool, higher: bool) -> None:
    ours = listed(WAITING, 5, OURS)
    assert (rival((listed(theirs, 3),), OURS) is not None) is before
    assert (rival((listed(theirs, 3), ours), OURS, 5) is not None) is lower
    assert (rival((listed(theirs, 7), ours), OURS, 5) is not None) is higher


def test_an_agents_own_earlier_job_and_other_documents_are_no_twins() -> None:
    stranger = Mark.of(uuid.UUID(int=8), b"theirs")
    others = (listed(DONE, 3, OURS), listed(DONE, 4, stranger), JobReport(id=2, name="letter"))
    assert rival(others, OURS) is None


def test_a_mark_survives_what_devices_make_of_names() -> None:
    name = marked_name("Übersicht: Löhne / 2026", THEIRS)
    for shown in (name, name.upper(), name.replace("[", "").replace("]", ""), name.replace("-", "_"), name[:-4]):
        assert OURS.twin(JobReport(id=1, name=shown)), shown


def test_a_marked_name_fits_and_says_no_more_of_the_title() -> None:
    for title in ("letter", "", "報" * 200, "x" * 300):
        name = marked_name(title, OURS)
        assert len(name.encode()) <= 80 and name.endswith(f" {OURS.text}")
        assert (title or "Untitled").startswith(name.removesuffix(f" {OURS.text}"))


# ------------------------------------------------------------------ over a socket


def shared(parts: Bench, job: uuid.UUID) -> FakeDelivery:
    delivery = parts.delivery(pdf())
    delivery.job = attrs.evolve(delivery.job, uuid=job, shared=True)
    return delivery


async def both(uri: str) -> list[Outcome]:
    """What becomes of one job at two agents that begin together."""
    ends: list[Outcome] = []
    job = uuid.uuid4()

    async def deliver(parts: Bench) -> None:
        delivery = shared(parts, job)
        while isinstance(outcome := await parts.deliver(delivery), Deferred):
            await trio.sleep(0.2)
        ends.append(outcome)

    async with bench(uri, watch=False) as one, bench(uri, watch=False) as other, trio.open_nursery() as nursery:
        nursery.start_soon(deliver, one)
        nursery.start_soon(deliver, other)
    return sorted(ends, key=lambda end: type(end).__name__)


@pytest.mark.anyio
async def test_two_agents_at_one_device_print_once() -> None:
    async with virtual(Profile(pages_per_s=20)) as parts:
        aborted, completed = await both(parts.device.uri)
        assert isinstance(aborted, Aborted) and isinstance(completed, Completed)
        assert len(parts.device.journal) == 1


@pytest.mark.anyio
@pytest.mark.system
async def test_two_agents_at_ippeveprinter_print_once(tmp_path: Path) -> None:
    async with ever_printer(tmp_path) as printer:
        aborted, completed = await both(printer.uri)
        assert isinstance(aborted, Aborted) and aborted.reason == DUPLICATE and isinstance(completed, Completed)
        assert [path.read_bytes() for path in printer.received()] == [pdf()]
