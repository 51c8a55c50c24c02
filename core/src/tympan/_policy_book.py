"""The policy in force: reads documents from their sources, verifies, remembers the newest, decides.

- A document older than one accepted before is refused and the newer one stays in force (rollback).
- A document that does not verify closes its scope: off, with the reason.
- What was accepted is remembered by the store, so that a restart does not forget it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from tympan._errors import BadPolicy
from tympan._home import Home
from tympan._ids import CapabilityKey
from tympan._limits import DEFAULTS
from tympan._pinned_policy import PinnedPolicy
from tympan._policy import Decision, PolicyDocument, PolicyProblem, PolicySnapshot, Scope, Verdict
from tympan._signing import open_policy


@attrs.frozen(kw_only=True)
class Offered:
    """A document as found, before anybody looked into it."""

    scope: Scope
    name: str
    envelope: bytes
    problem: str = ""


class PolicyFolder:
    """Signed documents in the state folder: ``<scope>.json`` and ``<scope>.<name>.json``."""

    def __init__(self, home: Home) -> None:
        self._folder = home.policy

    def stamp(self) -> tuple[tuple[str, int, int, int], ...]:
        """Changes whenever a document does."""
        try:
            found = [(name, (self._folder / name).stat()) for name in self._names()]
        except OSError as error:
            return ((f"{error}", 0, 0, 0),)
        return tuple((name, status.st_mtime_ns, status.st_size, status.st_ino) for name, status in found)

    def read(self) -> tuple[Offered, ...]:
        """Every document there is. A folder that cannot be listed, or holds too much, closes the machine's scope."""
        try:
            names = self._names()
        except OSError as error:
            return (self._closed(f"{self._folder} cannot be read: {error.strerror}"),)
        if len(names) > DEFAULTS.policy_files:
            return (self._closed(f"{self._folder} has more than {DEFAULTS.policy_files} documents"),)
        return tuple(self._offered(name) for name in names)

    def _names(self) -> list[str]:
        try:
            entries = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        documents = (name for name in sorted(entries) if name.endswith(".json") and not name.startswith("."))
        return list(itertools.islice(documents, DEFAULTS.policy_files + 1))

    def _closed(self, problem: str) -> Offered:
        return Offered(scope=Scope.MACHINE, name="policy", envelope=b"", problem=problem)

    def _offered(self, file_name: str) -> Offered:
        stem = file_name.removesuffix(".json")
        scope_name, _, name = stem.partition(".")
        try:
            scope = Scope(scope_name)
        except ValueError:
            return Offered(scope=Scope.MACHINE, name=stem, envelope=b"", problem=f"{file_name} is named after no scope")
        try:
            with (self._folder / file_name).open("rb") as file:
                envelope = file.read(DEFAULTS.policy_bytes + 1)
        except OSError as error:
            return Offered(
                scope=scope, name=name or scope.value, envelope=b"", problem=f"{file_name}: {error.strerror}"
            )
        return Offered(scope=scope, name=name or scope.value, envelope=envelope)


class PolicyBook:
    """Keeps the snapshot in force."""

    def __init__(self, trusted: Mapping[str, bytes], now: Callable[[], dt.datetime]) -> None:
        self._trusted = dict(trusted)
        self._now = now
        self._accepted: dict[tuple[Scope, str], tuple[PolicyDocument, bytes]] = {}
        self.pinned = PinnedPolicy()
        self._local = PolicySnapshot(now=now())
        self.snapshot = self._local

    def remember(self, envelopes: Iterable[bytes]) -> None:
        """Takes documents accepted by an earlier run: their numbers are never undercut."""
        for envelope in envelopes:
            try:
                document = open_policy(envelope, self._trusted)
            except BadPolicy:
                continue
            self._accepted[document.scope, document.name] = (document, envelope)

    def accepted(self) -> tuple[bytes, ...]:
        """Envelopes to remember."""
        return tuple(envelope for _, envelope in self._accepted.values())

    def take(self, offered: Sequence[Offered]) -> bool:
        """Looks at all documents anew; tells whether the snapshot changed."""
        in_force: list[PolicyDocument] = []
        problems: list[PolicyProblem] = []
        for one in offered:
            document, problem = self._judge(one)
            in_force += [document] if document else []
            problems += [problem] if problem else []
        for document in self._missing({(one.scope, one.name) for one in offered}):
            in_force.append(document)
            reason = f"its file is gone; number {document.number} stays in force until a newer one replaces it"
            problems.append(PolicyProblem(scope=document.scope, name=document.name, reason=reason, closes=False))
        self._local = PolicySnapshot(documents=tuple(in_force), problems=tuple(problems), now=self._now())
        return self.merge()

    def merge(self) -> bool:
        """Puts the files and what is pinned together; tells whether the snapshot changed."""
        before, now = self.snapshot, self._now()
        documents = self._local.documents + self.pinned.documents
        self.snapshot = PolicySnapshot(
            documents=documents, problems=self._local.problems + self.pinned.problems, now=now
        )
        return attrs.evolve(before, now=now) != self.snapshot

    def tick(self) -> None:
        """Lets time pass for documents that expire."""
        self.snapshot = attrs.evolve(self.snapshot, now=self._now())

    def decide(self, key: CapabilityKey, *, default: Verdict, essential: bool = False) -> Decision:
        """What holds for a key now."""
        return self.snapshot.decide(key, default=default, essential=essential)

    def _missing(self, offered: set[tuple[Scope, str]]) -> list[PolicyDocument]:
        return [document for place, (document, _) in self._accepted.items() if place not in offered]

    def _judge(self, one: Offered) -> tuple[PolicyDocument | None, PolicyProblem | None]:
        if one.problem:
            return None, PolicyProblem(scope=one.scope, name=one.name, reason=one.problem)
        try:
            document = open_policy(one.envelope, self._trusted)
        except BadPolicy as error:
            return None, PolicyProblem(scope=one.scope, name=one.name, reason=error.sentence)
        if (document.scope, document.name) != (one.scope, one.name):
            reason = f"it is signed as {document.scope.value} '{document.name}'"
            return None, PolicyProblem(scope=one.scope, name=one.name, reason=reason)
        return self._newest(document, one.envelope)

    def _newest(self, document: PolicyDocument, envelope: bytes) -> tuple[PolicyDocument, PolicyProblem | None]:
        known = self._accepted.get((document.scope, document.name))
        if known is None or document.number > known[0].number or envelope == known[1]:
            self._accepted[document.scope, document.name] = (document, envelope)
            return document, None
        if document == known[0]:
            return document, None
        reason = f"number {document.number} is not newer than number {known[0].number}, which stays in force"
        return known[0], PolicyProblem(scope=document.scope, name=document.name, reason=reason, closes=False)
