"""What became of updates: the last of each subject, and the versions that are not gone to again by themselves.

Everybody may read it, so that the agent can tell its hub; the updater alone writes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import attrs

from tympan_updater._installation import Installation, Running, read_table, write_table
from tympan_updater._limits import BLAMED, MISSED, REFUSED, TOLD
from tympan_updater._plan import AGENT
from tympan_updater._words import names, sentence
from tympan_wire.updates import BadUpdateFile, Version


class Ending(StrEnum):
    """How an update ended."""

    SWITCHED = "switched"
    RETURNED = "returned"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class Outcome:
    """How the last update of a subject ended.

    Attributes:
        subject: "" for the agent, else a plugin's distribution.
        version: What was gone to.
        ending: How it ended.
        reason: Why, as a sentence; "" when all is well.
        missing: What ran before and did not run again.
        at: When.
    """

    subject: str
    version: Version
    ending: Ending
    reason: str = ""
    missing: tuple[str, ...] = ()
    at: dt.datetime


class Outcomes:
    """The file of outcomes."""

    def __init__(self, place: Installation) -> None:
        self._path = place.work / "outcomes.json"
        self._trouble = place.work / "trouble.json"

    @property
    def trouble(self) -> str:
        """Why the last order was not carried out although nothing is wrong with its version; "" when it was."""
        return str(read_table(self._trouble).get("trouble", ""))

    def keep_trouble(self, trouble: str) -> None:
        """Writes that down, when it is news."""
        if sentence(trouble) != self.trouble:
            write_table(self._trouble, {"v": 1, "trouble": sentence(trouble)})

    def all(self) -> tuple[Outcome, ...]:
        """The last of each subject, the newest last."""
        rows = read_table(self._path).get("outcomes", [])
        return tuple(filter(None, map(_outcome, rows if isinstance(rows, list) else [])))

    def refused(self) -> frozenset[tuple[str, Version]]:
        """What is not gone to again by itself."""
        rows = read_table(self._path).get("refused", [])
        found = (_pair(row) for row in (rows if isinstance(rows, list) else []))
        return frozenset(filter(None, found))

    def refuse(self, subject: str, version: Version) -> None:
        """Writes down that a version is not gone to again by itself."""
        self._write(self.all(), [*self.refused() - {(subject, version)}, (subject, version)])

    def tell(
        self,
        before: Running,
        after: Running,
        ending: Ending,
        at: dt.datetime,
        *,
        reason: str = "",
        missing: tuple[str, ...] = (),
    ) -> None:
        """Writes down how an update ended, for all that it changed."""
        changed = subjects(before, after)
        new = [
            Outcome(subject=subject, version=version, ending=ending, reason=reason, missing=missing, at=at)
            for subject, version in changed
        ]
        names = {subject for subject, _ in changed}
        kept = [old for old in self.all() if old.subject not in names]
        refused = [pair for pair in self.refused() if pair not in changed]
        if ending is not Ending.SWITCHED:
            refused += changed
        self._write((*kept, *new), refused)

    def _write(self, outcomes: Iterable[Outcome], refused: Sequence[tuple[str, Version]]) -> None:
        table = {
            "v": 1,
            "outcomes": [_row(outcome) for outcome in outcomes][-TOLD:],
            "refused": [[subject, str(version)] for subject, version in refused][-REFUSED:],
        }
        write_table(self._path, table)


def subjects(before: Running, after: Running) -> list[tuple[str, Version]]:
    """What differs, with the version it is gone to."""
    changed = [(AGENT, after.agent)] if after.agent != before.agent else []
    return changed + [(n, v) for n, v in sorted(after.plugins.items()) if before.plugins.get(n) != v]


def blamed(
    outcomes: Sequence[Outcome], running: Running, lost: tuple[str, ...], now: dt.datetime
) -> tuple[tuple[Outcome, ...], str]:
    """Outcomes as the hub is told them, and what does not run any more, as a sentence: it is told of the versions that
    run and came last, together, if that is not long ago.
    """
    if not lost:
        return tuple(outcomes), ""
    runs = {AGENT: running.agent, **running.plugins}
    kept = [one for one in outcomes if one.ending is Ending.SWITCHED and runs.get(one.subject) == one.version]
    last = max((one.at for one in kept), default=now)
    reason = f"with {' and '.join(_versions(running, kept, last))} these do not run any more: {', '.join(lost)}"

    def told(one: Outcome) -> Outcome:
        is_last = one in kept and one.at == last and now - last < BLAMED
        return attrs.evolve(one, reason=sentence(reason), missing=names(lost, MISSED)) if is_last else one

    return tuple(map(told, outcomes)), sentence(reason)


def _versions(running: Running, kept: Sequence[Outcome], last: dt.datetime) -> Sequence[str]:
    """What came last, for people; else the agent's version."""
    came = [f"{one.subject} {one.version}".strip() for one in kept if one.at == last]
    return came or [str(running.agent)]


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "subject": outcome.subject,
        "version": str(outcome.version),
        "ending": outcome.ending.value,
        "reason": sentence(outcome.reason),
        "missing": list(names(outcome.missing, MISSED)),
        "at": outcome.at.isoformat(),
    }


def _outcome(row: Any) -> Outcome | None:
    try:
        return Outcome(
            subject=str(row["subject"]),
            version=Version(row["version"]),
            ending=Ending(row["ending"]),
            reason=str(row["reason"]),
            missing=tuple(map(str, row["missing"])),
            at=dt.datetime.fromisoformat(row["at"]),
        )
    except (KeyError, TypeError, ValueError, BadUpdateFile):
        return None


def _pair(row: Any) -> tuple[str, Version] | None:
    try:
        subject, version = row
        return str(subject), Version(version)
    except (TypeError, ValueError, BadUpdateFile):
        return None
