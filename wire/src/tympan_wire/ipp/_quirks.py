"""Quirks of vendors, from ``quirks/*.toml``: what a device says of itself and is not so.

Each entry has ``field`` (``uuid``, ``serial``, or ``device-id-key``, which is read before a model is known), ``value``
(a regular expression for all of it), ``match`` (a pattern of make and model; any where there is none), ``becomes``
(what is meant, with the groups of ``value``; nothing: not known), and where it is from: ``symptom``, ``link``,
``date``.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any, Final

import attrs

_NAMES: Final = frozenset({"field", "value", "match", "becomes", "symptom", "link", "date"})
FIELDS: Final = frozenset({"uuid", "serial", "device-id-key"})


@attrs.frozen(kw_only=True)
class Quirk:
    """One thing that devices say and that is not so."""

    field: str
    value: re.Pattern[str] = attrs.field(converter=re.compile)
    match: str = "*"
    becomes: str = ""
    symptom: str
    link: str
    date: dt.date

    def read(self, text: str, make_and_model: str) -> str | None:
        """What is meant by ``text``; None where this quirk is not about it."""
        if not fnmatchcase(make_and_model.lower(), self.match.lower()):
            return None
        found = self.value.fullmatch(text)
        return found.expand(self.becomes) if found else None


@attrs.frozen
class Quirks:
    """All of them; the first that is about a text counts."""

    known: tuple[Quirk, ...]

    def read(self, field: str, text: str, make_and_model: str) -> str:
        """What is meant by a text in a field; the text itself where nothing speaks against it."""
        for quirk in self.known:
            if quirk.field == field and (meant := quirk.read(text, make_and_model)) is not None:
                return meant
        return text

    @classmethod
    def of(cls, tables: Iterable[Mapping[str, Any]]) -> Quirks:
        """Reads the tables of the files.

        Raises:
            ValueError: An entry is none, or does not say where it is from.
        """
        return cls(tuple(_quirk(entry) for table in tables for entry in table["quirk"]))


def _quirk(entry: Mapping[str, Any]) -> Quirk:
    if entry.get("field") not in FIELDS or not entry.keys() <= _NAMES:
        raise ValueError(f"no quirk: {dict(entry)!r:.200}")
    if not all((entry.get("symptom"), entry.get("link"), isinstance(entry.get("date"), dt.date))):
        raise ValueError(f"a quirk that does not say where it is from: {dict(entry)!r:.200}")
    return Quirk(**entry)


def _load() -> Quirks:
    folder = files("tympan_wire.ipp") / "quirks"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return Quirks.of([tomllib.loads(one.read_text(encoding="utf-8")) for one in found])


QUIRKS: Final = _load()
