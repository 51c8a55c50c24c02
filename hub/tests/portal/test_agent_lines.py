"""What agents write is read in German too: every line their source can write, and none that they cannot."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from agent_lines import VALUE, agent_lines
from agent_lines._problems import problem_lines

from tympan_hub.domain.limits.pages import LINE_LOOKUPS
from tympan_hub.http.portal import _agent_lines
from tympan_hub.http.portal._agent_lines import LINES, OWN_LINES, in_words
from tympan_hub.http.portal._agent_problems import PROBLEMS
from tympan_hub.http.portal._language import Language, catalogue
from tympan_hub.http.portal._moments import Reader
from tympan_hub.service import held, pulled, tunnel_ends

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


def test_every_line_of_the_hub_itself_has_its_german() -> None:
    assert set(OWN_LINES) == {held.DELETED, pulled.EXPIRED, tunnel_ends.LOST_TRACK, tunnel_ends.SHUT_OUT}
    assert all(in_words(line, GERMAN) for line in OWN_LINES)


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


class Counted(str):
    """A line that counts how often it is compared with the beginning of a pattern, cut or whole."""

    __slots__ = ()
    looks = 0

    def startswith(self, *given: object) -> bool:
        Counted.looks += 1
        return super().startswith(*given)  # type: ignore[arg-type]

    def __getitem__(self, key: object) -> Counted:
        return Counted(super().__getitem__(key))  # type: ignore[index]


HOSTILE = [
    ". " * 2048,
    "a. " * 1365,
    "received. " * 409,
    "zz failed: " * 372,
    "The device gave the job up. zz policy: " * 100,
    "CUPS does not let" + " (" * 2039,
    "CUPS does not let" + " (" * 2038 + ")",
]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("line", HOSTILE)
def test_a_hostile_line_costs_so_many_lookups(line: str, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counted, "looks", 0)
    in_words(Counted(line), catalogue(language))
    assert 0 < Counted.looks <= LINE_LOOKUPS * len({*LINES, *PROBLEMS})


def test_no_line_of_an_agent_takes_many_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_agent_lines, "LINE_LOOKUPS", 10)
    assert all(in_words(line, GERMAN) for line in agent_lines() | problem_lines())


@pytest.mark.parametrize("line", sorted({*LINES, *PROBLEMS}))
def test_gaps_are_told_as_greedy_expressions_would(line: str) -> None:
    """Gaps take all they can, from the first on; none of them is empty."""
    parts = re.split(r"%\((\w+)\)s", line)
    expression = "".join(f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    pattern = _agent_lines._Pattern.of(line)
    texts = parts[::2]
    for filling in ("", "z", *texts, "".join(texts), *(f"z{text}z" for text in texts)):
        whole = filling.join(texts)
        for each in (whole, f"z{whole}", f"{whole}z"):
            found = re.fullmatch(expression, each, re.DOTALL)
            assert pattern.gaps(each) == (found.groupdict() if found else None)


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
