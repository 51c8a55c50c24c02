"""PPD: the options of a driver, read from the file CUPS keeps for a queue (Adobe PPD 4.3, with what CUPS adds).

- Only what says what a job may ask for is read: options, choices, defaults, constraints, paper sizes, the device ID.
  Code for interpreters, fonts, translations and icons are passed over.
- A PPD comes from a driver somebody downloaded, so everything is bounded, and a line that makes no sense is no line.
- Options of what is installed in the device (``InstallableOptions``) are no options of a job; they rule choices out.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from tympan_spool_cups._limits import PPD_BYTES, PPD_CHOICES, PPD_CONSTRAINTS, PPD_OPTIONS

_LINE: Final = re.compile(
    r"^\*(?P<keyword>[^\s:/]+)(?:[ \t]+(?P<option>[^:/\r\n]+?))?(?:/(?P<text>[^:\r\n]*))?[ \t]*:[ \t]*(?P<value>.*)$"
)
_PAIR: Final = re.compile(r"\*([^\s*]+)(?:[ \t]+([^\s*]+))?")
_OPENS: Final = frozenset({"OpenUI", "JCLOpenUI"})
_CLOSES: Final = frozenset({"CloseUI", "JCLCloseUI"})
_CONSTRAINTS: Final = frozenset({"UIConstraints", "NonUIConstraints"})
_INSTALLABLE: Final = "InstallableOptions"


@attrs.frozen(kw_only=True)
class PpdOption:
    """One option: what it is called, what it may be, and what it is when nobody asks ("" when the file is silent)."""

    keyword: str
    choices: tuple[str, ...]
    default: str = ""


@attrs.frozen(kw_only=True)
class PpdConstraint:
    """Two choices that exclude each other; a choice "" stands for any that is not None or False."""

    one: tuple[str, str]
    other: tuple[str, str]


@attrs.frozen(kw_only=True)
class Ppd:
    """What a PPD says of a queue.

    Attributes:
        options: Of jobs, without choices that what is installed rules out.
        constraints: Among them.
        sizes: Of paper, by choice of ``PageSize``: width and height in points.
        device_id: IEEE 1284, "" when the file names none.
    """

    options: tuple[PpdOption, ...] = ()
    constraints: tuple[PpdConstraint, ...] = ()
    sizes: tuple[tuple[str, float, float], ...] = ()
    device_id: str = ""

    def option(self, *keywords: str) -> PpdOption | None:
        """The first of these options that there is."""
        known = {option.keyword: option for option in self.options}
        return next((known[keyword] for keyword in keywords if keyword in known), None)


def parse_ppd(data: bytes) -> Ppd:
    """Reads a PPD; of what is none, nothing."""
    reader = _Reader()
    for line in _statements(data[:PPD_BYTES]):
        reader.take(line)
    return reader.result()


def _statements(data: bytes) -> list[str]:
    """Its lines, each value that goes on over several ended where it begins: what follows is code."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    found: list[str] = []
    inside = False
    for line in re.split(r"\r\n|\r|\n", text):
        if inside:
            inside = '"' not in line
            continue
        if line.startswith("*") and not line.startswith("*%"):
            found.append(line)
            inside = line.count('"') == 1
    return found


class _Reader:
    """Takes statements one by one."""

    def __init__(self) -> None:
        self._group = ""
        self._open = ""
        self._choices: dict[str, list[str]] = {}
        self._installable: set[str] = set()
        self._defaults: dict[str, str] = {}
        self._constraints: list[PpdConstraint] = []
        self._sizes: list[tuple[str, float, float]] = []
        self._device_id = ""

    def take(self, line: str) -> None:
        found = _LINE.match(line)
        if found is None:
            return
        keyword, option = found["keyword"], (found["option"] or "").strip()
        value = found["value"].strip().strip('"')
        if keyword in ("OpenGroup", "CloseGroup"):
            self._group = value.partition("/")[0].strip() if keyword == "OpenGroup" else ""
        elif keyword in _OPENS:
            self._begin(option.lstrip("*"))
        elif keyword in _CLOSES:
            self._open = ""
        elif keyword.startswith("Default") and not option:
            self._defaults.setdefault(keyword.removeprefix("Default"), value.partition("/")[0].strip())
        elif keyword in _CONSTRAINTS or keyword == "cupsUIConstraints":
            self._constrain(value)
        elif keyword == "PaperDimension":
            self._size(option, value)
        elif keyword == "1284DeviceID" and not self._device_id:
            self._device_id = value
        elif keyword == self._open and option and option not in self._choices[keyword]:
            self._choices[keyword][PPD_CHOICES:] = []
            self._choices[keyword].append(option)

    def _begin(self, keyword: str) -> None:
        if keyword and len(self._choices) < PPD_OPTIONS:
            self._open = keyword
            self._choices.setdefault(keyword, [])
            if self._group == _INSTALLABLE:
                self._installable.add(keyword)

    def _constrain(self, value: str) -> None:
        pairs = [(name, choice or "") for name, choice in _PAIR.findall(value)]
        if len(pairs) == 2 and len(self._constraints) < PPD_CONSTRAINTS:
            self._constraints.append(PpdConstraint(one=pairs[0], other=pairs[1]))

    def _size(self, choice: str, value: str) -> None:
        try:
            width, height = (float(part) for part in value.split()[:2])
        except ValueError:
            return
        if len(self._sizes) < PPD_CHOICES:
            self._sizes.append((choice, width, height))

    def result(self) -> Ppd:
        out = self._ruled_out()
        options = []
        for keyword, choices in self._choices.items():
            left = tuple(choice for choice in choices if (keyword, choice) not in out)
            if keyword in self._installable or not left:
                continue
            default = self._defaults.get(keyword, "")
            options.append(PpdOption(keyword=keyword, choices=left, default=default if default in left else ""))
        among = [one for one in self._constraints if {one.one[0], one.other[0]}.isdisjoint(self._installable)]
        unique = dict.fromkeys(_ordered(one) for one in among)
        return Ppd(
            options=tuple(options), constraints=tuple(unique), sizes=tuple(self._sizes), device_id=self._device_id
        )

    def _ruled_out(self) -> set[tuple[str, str]]:
        """Choices that need what is not installed."""
        out: set[tuple[str, str]] = set()
        for rule in self._constraints:
            for installed, choice in ((rule.one, rule.other), (rule.other, rule.one)):
                keyword, value = installed
                if keyword in self._installable and self._is(keyword, value):
                    out.update((choice[0], name) for name in self._meant(*choice))
        return out

    def _is(self, keyword: str, value: str) -> bool:
        there = self._defaults.get(keyword, "")
        return there == value if value else there not in ("None", "False", "")

    def _meant(self, keyword: str, choice: str) -> list[str]:
        if choice:
            return [choice]
        return [one for one in self._choices.get(keyword, ()) if one not in ("None", "False")]


def _ordered(rule: PpdConstraint) -> PpdConstraint:
    """PPDs say each constraint twice, once from each side."""
    one, other = sorted((rule.one, rule.other))
    return PpdConstraint(one=one, other=other)
