"""Frozen samples: what an agent or hub of another version says is still understood.

``samples/v1`` holds every message as version 1 wrote it; no file there is ever changed. ``samples/v1.1`` holds those
that version 1 has given fields since. ``samples/v3`` holds answers as a hub two versions ahead may give them: with
fields, kinds and words that are not known here.
"""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

import tympan_wire.hub as messages
from tympan_wire.hub import (
    OLDEST,
    PROTOCOL,
    SHAPES,
    Code,
    Desired,
    Finding,
    InstallQueue,
    News,
    Order,
    Problem,
    ReportBatch,
    UnknownNews,
    UnknownOrder,
    answers_in,
    decode,
    encode,
)

SAMPLES = Path(__file__).parent / "samples"
FROZEN = sorted(
    path
    for version in range(OLDEST, PROTOCOL + 1)
    for folder in (SAMPLES / f"v{version}", *SAMPLES.glob(f"v{version}.*"))
    for path in folder.glob("*.json")
)
AHEAD = sorted((SAMPLES / f"v{PROTOCOL + 2}").glob("*.json"))


def messages_in(path: Path) -> list[Any]:
    """What a sample holds; the stream's sample is a list of lines."""
    kind = getattr(messages, path.stem)
    table = json.loads(path.read_text())
    return [decode(kind, json.dumps(one).encode()) for one in (table if path.stem == "News" else [table])]


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FROZEN, ids=named)
def test_a_frozen_message_means_what_it_meant(path: Path) -> None:
    kind = getattr(messages, path.stem)
    table = json.loads(path.read_text())
    said = [json.loads(encode(one, kind)) for one in messages_in(path)]
    assert (said if path.stem == "News" else said[0]) == table, "every field was read, and none changed its name"


@pytest.mark.parametrize("path", AHEAD, ids=named)
def test_a_message_from_two_versions_ahead_is_read(path: Path) -> None:
    assert messages_in(path)


def test_there_is_a_sample_of_every_message() -> None:
    wanted = {kind.__name__ for shape in SHAPES.values() for kind in (shape.request, shape.answer)} | {
        "News",
        "Problem",
    }
    assert {path.stem for path in FROZEN} == wanted
    assert {path.stem for path in AHEAD} >= {"Desired", "Receipt", "Token", "News", "Problem", "Enrolled"}


def test_the_samples_have_every_kind_of_their_unions() -> None:
    said = [message for path in FROZEN for message in messages_in(path)]
    reports = [report for batch in said if isinstance(batch, ReportBatch) for report in batch.reports]
    commands = [command for desired in said if isinstance(desired, Desired) for command in desired.commands]
    assert {type(report.finding) for report in reports} == known(Finding)
    assert {type(command.order) for command in commands} == known(Order)
    assert {type(line) for line in messages_in(SAMPLES / f"v{PROTOCOL}" / "News.json")} == known(News)


def known(union: Any) -> set[type]:
    return {kind for kind in get_args(union) if hasattr(kind, "KIND")}


def test_of_a_newer_hub_the_known_part_is_obeyed() -> None:
    [desired] = messages_in(SAMPLES / "v3" / "Desired.json")
    assert [command.order for command in desired.commands] == [
        UnknownOrder(name="polish-glass"),
        InstallQueue(printer="lobby"),
    ]
    [problem] = messages_in(SAMPLES / "v3" / "Problem.json")
    assert isinstance(problem, Problem) and problem.code is Code.UNKNOWN
    _, look, song = messages_in(SAMPLES / "v3" / "News.json")
    assert look.topic == "tides" and song == UnknownNews(name="song")


def test_a_hub_answers_in_the_version_it_was_asked_in_and_never_in_a_newer_one() -> None:
    assert answers_in(PROTOCOL) == PROTOCOL
    assert answers_in(PROTOCOL + 5) == PROTOCOL
    assert answers_in(OLDEST) == OLDEST
    assert answers_in(OLDEST - 1) is None
