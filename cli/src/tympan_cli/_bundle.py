"""An archive for whoever helps: how the agent stands, without what is nobody's business.

- Titles of documents and names of people are replaced, each by the same word everywhere, so that a story can still be
  followed. Addresses of e-mail, too.
- No token, key, ticket or document is in it: what is read here holds none.
- Names and addresses of printers, of the hub and of this computer's folders stay: without them nobody could help.
"""

from __future__ import annotations

import contextlib
import getpass
import importlib.metadata
import json
import os
import platform
import re
import secrets
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from tympan.admin import Home
from tympan_cli._agent_link import AgentLink, find_agent
from tympan_cli._errors import CommandError
from tympan_cli._limits import BUNDLE_JOBS

_ADDRESS: Final = re.compile(r"[^\s@<>\"',;:()]+@[^\s@<>\"',;:()]+\.[a-zA-Z]{2,}")
_TITLE_FIELDS: Final = ("name", "title", "document_name")
_SHORTEST: Final = 3
"""Characters of a name that is looked for within other texts: a shorter one stands in half of all words."""

_ASKED: Final = {
    "status": "status", "plugins": "plugins", "hub": "hub.status", "printers": "printers.list",
    "queues": "queues.list", "shares": "shares", "devices": "devices", "keys": "keys",
}  # fmt: skip


def write_bundle(path: Path, place: Home, findings: list[dict[str, Any]]) -> None:
    """Writes the archive; what cannot be asked is in it as the reason why."""
    answers: dict[str, Any] = {"findings": findings, "versions": versions()}
    link = find_agent(place)
    if link is not None:
        answers |= {name: _asked(link, operation) for name, operation in _ASKED.items()}
        answers["jobs"] = _jobs(link)
    veil = Veil.over(answers.get("jobs", []), _people(link) if link is not None else ())
    with _private(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, answer in answers.items():
            made.writestr(f"{name}.json", json.dumps(veil.veiled(answer), indent=1, ensure_ascii=True))


@contextlib.contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file for whoever asked, and nobody else at this machine: in the place of what is there it comes whole, and
    never in a file that another one made and still has open.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(file, "wb") as made:
            yield made
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def versions() -> dict[str, str]:
    """Of the system, Python and everything of Tympan's."""
    ours = {each.name: each.version for each in importlib.metadata.distributions() if each.name.startswith("tympan")}
    return {"system": platform.platform(), "python": sys.version.split()[0], **dict(sorted(ours.items()))}


def _asked(link: AgentLink, operation: str) -> Any:
    try:
        return link.ask(operation)
    except CommandError as error:
        return {"error": error.cause}


def _jobs(link: AgentLink) -> list[Any]:
    rows = _asked(link, "jobs.list")
    if not isinstance(rows, list):
        return []
    found = []
    for row in rows[-BUNDLE_JOBS:]:
        try:
            found.append(link.ask("jobs.show", job=row["uuid"]))
        except CommandError:
            continue  # it was forgotten meanwhile
    return found


def _people(link: AgentLink) -> tuple[str, ...]:
    """What those who are signed in are called, here and at the hub: their names stand in what is said of them."""
    told = _asked(link, "people")
    rows = told.get("people", []) if isinstance(told, dict) else []
    return tuple(str(row[field]) for row in rows for field in ("name", "user", "person"))


class Veil:
    """Replaces names by words.

    Args:
        names: What is replaced, by what.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        longest = sorted(filter(lambda name: len(name) >= _SHORTEST, names), key=len, reverse=True)
        self._names = names
        self._within = re.compile("|".join(map(re.escape, longest))) if longest else None

    @classmethod
    def over(cls, jobs: list[dict[str, Any]], people: Iterable[str] = ()) -> Veil:
        """Over the titles and users of these jobs, whoever asks, and other people."""
        titles = dict.fromkeys(str(job.get(field, "")) for job in jobs for field in _TITLE_FIELDS)
        asks = (os.environ.get("SUDO_USER", ""), getpass.getuser())
        named = dict.fromkeys([*asks, *(str(job.get("user", "")) for job in jobs), *people])
        names = {title: f"document-{number}" for number, title in enumerate(filter(None, titles), 1)}
        return cls(names | {person: f"person-{number}" for number, person in enumerate(filter(None, named), 1)})

    def veiled(self, answer: Any) -> Any:
        """The same answer, without those names."""
        if isinstance(answer, str):
            return self._text(answer)
        if isinstance(answer, list):
            return [self.veiled(each) for each in answer]
        if isinstance(answer, dict):
            return {key: self.veiled(value) for key, value in answer.items() if key not in _SECRET}
        return answer

    def _text(self, text: str) -> str:
        if text in self._names:
            return self._names[text]
        if self._within is not None:
            text = self._within.sub(lambda found: self._names[found[0]], text)
        return _ADDRESS.sub("somebody@example.invalid", text)


_SECRET: Final = frozenset({"ticket", "evidence", "terms", "token"})
"""Fields that tell what somebody printed, or let somebody in."""
