"""What agents write is read in German too: every line their source can write, and none that they cannot."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from agent_lines import VALUE, agent_lines
from agent_lines._problems import problem_lines

from tympan_hub.http.portal._agent_lines import LINES, in_words
from tympan_hub.http.portal._agent_problems import PROBLEMS
from tympan_hub.http.portal._language import Language, catalogue
from tympan_hub.http.portal._moments import Reader

GERMAN = catalogue(Language.GERMAN)
NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


def reader(language: Language) -> Reader:
    return Reader(language=language, words=catalogue(language), zone=dt.UTC, now=NOW)


def test_every_line_of_the_agents_source_has_its_german() -> None:
    lines = agent_lines()
    assert len(lines) > 100, "the lines of the agent were not found in its source"
    assert {
        "received",
        f"{VALUE} takes it there",
        "The device is out of paper; load some and it goes on by itself.",
    } <= lines
    untold = sorted(line for line in lines if not in_words(line, GERMAN))
    assert not untold, "put them into LINES of _agent_lines.py, and their German into the catalogue"


def test_every_problem_of_the_agents_source_has_its_german() -> None:
    problems = problem_lines()
    assert len(problems) > 60, "the problems were not found in the agent's source"
    assert {f"{VALUE} policy: {VALUE}", "nobody is signed in on this computer", "See 'tympan plugins'."} <= problems
    untold = sorted(line for line in problems if not in_words(line, GERMAN))
    assert not untold, "put them into PROBLEMS of _agent_problems.py, and their German into the catalogue"


def test_a_cause_and_its_next_step_are_told_together() -> None:
    line = (
        "the print system CUPS does not answer at /run/cups/cups.sock (no such file). Start it (systemctl start cups), "
        "or set `server` of spool_cups in settings.toml."
    )
    told = in_words(line, GERMAN)
    assert told.startswith("das Drucksystem CUPS antwortet nicht unter /run/cups/cups.sock (no such file). Starten Sie")
    assert not in_words("the print system has a cold. See 'tympan plugins'.", GERMAN)
    refused = "tenant policy: a document of the hub is refused: no trusted key has signed it"
    assert in_words(refused, GERMAN).endswith("kein Schlüssel, dem vertraut wird, hat es unterschrieben")


def test_every_pattern_is_of_a_line_that_somebody_writes() -> None:
    written = agent_lines() | problem_lines()
    parts = {line: ".*".join(map(re.escape, re.split(r"%\(\w+\)s", line))) for line in (*LINES, *PROBLEMS)}
    gone = [line for line, part in parts.items() if not any(re.search(part, each) for each in written)]
    assert not gone


def test_a_line_within_a_line_is_told_as_well() -> None:
    line = (
        "the agent stopped while the job was on its way, the device had it and nothing was written down to find it by"
    )
    assert in_words(line, GERMAN).startswith(
        "der Agent hielt an, während der Auftrag unterwegs war, das Gerät hatte ihn"
    )


@pytest.mark.parametrize("line", ["a plugin of another house did this", "", "%(number)s", "<b>%s</b>"])
def test_a_line_nobody_knows_is_shown_as_it_came(line: str) -> None:
    told = str(reader(Language.GERMAN).told(line))
    assert told.startswith('<span lang="en">')
    assert "<b>" not in told


def test_values_stay_as_they_are_and_are_escaped() -> None:
    assert reader(Language.GERMAN).told("on its way to <Flur> 100%") == "Unterwegs zu &lt;Flur&gt; 100%"
    assert reader(Language.ENGLISH).told("on its way to <Hall>") == "On its way to &lt;Hall&gt;"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "weniger als eine Sekunde"),
        (1, "1 Sek."),
        (75, "1 Min. 15 Sek."),
        (3600, "1 Std."),
        (200_000, "2 Tg. 7 Std."),
    ],
)
def test_how_long_it_took(seconds: int, told: str) -> None:
    assert reader(Language.GERMAN).lasted(dt.timedelta(seconds=seconds)) == told
