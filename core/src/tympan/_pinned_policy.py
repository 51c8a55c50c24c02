"""Policy that a source brings from outside (a hub), verified with the keys pinned when this agent joined it.

- Only scopes wider than this machine: service owner, tenant, group.
- What is refused changes nothing: the document accepted before stays in force, and the refusal is shown. It closes no
  scope, for with it the link would be closed that could bring a better document.
- A document that ends is renewed by one of the same number that says the same until later. One without an end is the
  latest of all: so does a hub sign that was taken back to a release before documents had an end.
- One that says the same until sooner is passed over in silence: two processes of a hub whose clocks differ by seconds
  give out both as the week turns, and nobody has to see to it.
- A document that is no longer brought stays in force until a newer one replaces it: silence is no permission.
- It is kept in ``hub-policy.json``, so that it holds from the first moment after a restart, source or no source, and
  for the command line too. A file that cannot be read closes the tenant's scope.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Final

import attrs

from tympan._errors import BadPolicy
from tympan._home import Home, read_file, write_file
from tympan._limits import DEFAULTS
from tympan._policy import PolicyDocument, PolicyProblem, Scope
from tympan._signing import open_policy
from tympan_wire.dsse import key_id

SCOPES: Final = frozenset({Scope.OWNER, Scope.TENANT, Scope.GROUP})
_KEYS: Final = 8
"""A key and its successor are two; more than this is nonsense."""
_FORMAT: Final = 1


@attrs.frozen(kw_only=True)
class Brought:
    """What a source brought: public keys, and envelopes."""

    keys: tuple[bytes, ...] = ()
    envelopes: tuple[bytes, ...] = ()


class PinnedPolicy:
    """Documents of the source in force, and those refused. Pure."""

    def __init__(self) -> None:
        self._trusted: dict[str, bytes] = {}
        self._accepted: dict[tuple[Scope, str], tuple[PolicyDocument, bytes]] = {}
        self.problems: tuple[PolicyProblem, ...] = ()

    @property
    def documents(self) -> tuple[PolicyDocument, ...]:
        """Those in force."""
        return tuple(document for document, _ in self._accepted.values())

    @property
    def brought(self) -> Brought:
        """All that has to be kept."""
        return Brought(keys=tuple(self._trusted.values()), envelopes=tuple(kept for _, kept in self._accepted.values()))

    def pin(self, keys: Sequence[bytes]) -> None:
        """Trusts these keys and no other; what they have not signed is forgotten."""
        self._trusted = {key_id(key): key for key in keys[:_KEYS] if len(key) == 32}
        self._accepted = {place: kept for place, kept in self._accepted.items() if self._opens(kept[1])}
        self.problems = ()

    def offer(self, envelopes: Sequence[bytes]) -> None:
        """Looks at the documents as they stand."""
        self._accepted, problems, places = dict(self._accepted), [], set()
        for envelope in envelopes[: DEFAULTS.policy_files]:
            try:
                document = self._document(envelope)
            except BadPolicy as error:
                problems.append(_problem(Scope.TENANT, "", f"a document of the hub is refused: {error.cause}"))
                continue
            places.add((document.scope, document.name))
            problems += self._take(document, envelope)
        for document in self.documents:
            if (document.scope, document.name) not in places:
                reason = f"the hub does not send it any more; number {document.number} stays in force"
                problems.append(_problem(document.scope, document.name, reason))
        if len(envelopes) > DEFAULTS.policy_files:
            reason = f"the hub sends more than {DEFAULTS.policy_files} documents; the rest is not looked at"
            problems.append(_problem(Scope.TENANT, "", reason))
        self.problems = tuple(problems)

    def unreadable(self, why: str) -> None:
        """What was kept is lost: nobody knows what the hub wanted off."""
        self.problems = (PolicyProblem(scope=Scope.TENANT, name="", reason=why),)

    def _opens(self, envelope: bytes) -> bool:
        try:
            self._document(envelope)
        except BadPolicy:
            return False
        return True

    def _document(self, envelope: bytes) -> PolicyDocument:
        document = open_policy(envelope, self._trusted)
        if document.scope not in SCOPES:
            raise BadPolicy(f"it is of the scope {document.scope.value}, which is this machine's own affair")
        return document

    def _take(self, document: PolicyDocument, envelope: bytes) -> list[PolicyProblem]:
        known = self._accepted.get((document.scope, document.name))
        if known is None or document.number > known[0].number or document.renews(known[0]):
            self._accepted[document.scope, document.name] = (document, envelope)
        elif not document.repeats(known[0]):
            reason = f"number {document.number} is not newer than number {known[0].number}, which stays in force"
            return [_problem(document.scope, document.name, reason)]
        return []


class PinnedFile:
    """``hub-policy.json``: what is signed needs no seal."""

    def __init__(self, home: Home) -> None:
        self._path = home.pinned_policy
        self._kept = Brought()

    def restore(self, policy: PinnedPolicy) -> None:
        """Takes up what an earlier run kept."""
        try:
            table = json.loads(read_file(self._path))
            if table["format"] != _FORMAT:
                raise ValueError(f"format {table['format']!r} is not {_FORMAT}")
            policy.pin([base64.b64decode(key, validate=True) for key in table["keys"]])
            policy.offer([envelope.encode() for envelope in table["documents"]])
            self._kept = policy.brought
        except FileNotFoundError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            policy.unreadable(f"{self._path} cannot be read ({error}); remove it, and the hub sends its policy again")

    def keep(self, brought: Brought) -> None:
        """Keeps what is in force, durably, unless it is kept already.

        Raises:
            StoreError: The disk refuses; the next call tries again.
        """
        if brought == self._kept:
            return
        if brought.keys:
            self._write(brought)
        else:
            self._path.unlink(missing_ok=True)
        self._kept = brought

    def _write(self, brought: Brought) -> None:
        keys = [base64.b64encode(key).decode() for key in brought.keys]
        documents = [envelope.decode("utf-8", "replace") for envelope in brought.envelopes]
        write_file(self._path, json.dumps({"format": _FORMAT, "keys": keys, "documents": documents}).encode() + b"\n")


def _problem(scope: Scope, name: str, reason: str) -> PolicyProblem:
    return PolicyProblem(scope=scope, name=name, reason=reason, closes=False)
