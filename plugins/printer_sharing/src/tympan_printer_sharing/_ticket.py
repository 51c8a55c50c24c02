"""The ticket: what a job asks for, as options of the queue it goes to. Pure.

- A job's own wishes come first, then what the tenant set for the share; the queue's defaults are the system's to apply.
- What the queue has and cannot be like that is refused with its reason: paper it has not, more copies than it makes,
  two choices its driver forbids together. What it does not have at all is left out and said, unless copies or pages.
- Print systems order paper by its measures (``media-col`` with ``media-size``) and not by its name: it is the paper
  of that size that the queue has, or none of its own.
- Colour and sides are adapted: a queue without colour prints grey, one that turns pages on no edge one side.
"""

from __future__ import annotations

from collections.abc import Collection as Collected
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from tympan.plugin import OptionChoice, QueueCapabilities, QueueOption
from tympan_wire.hub import ShareOption
from tympan_wire.ipp import (
    Attribute,
    Collection,
    Group,
    GroupTag,
    IppProtocolError,
    Range,
    Resolution,
    decode,
    enum_word,
    media_size,
    resolution_text,
)

_THROUGH: Final = frozenset(
    {"page-ranges", "number-up", "orientation-requested", "print-scaling", "multiple-document-handling"}
)
"""What the system's filters do for every queue that converts PDF, and no option of a driver."""
_MUST: Final = frozenset({"media", "copies"})
NEAR: Final = 100
"""Hundredths of a millimetre: drivers round to whole points, and systems to tenths of millimetres."""
_ONE_SIDE: Final = "one-sided"
_GREY: Final = "monochrome"


@attrs.frozen(kw_only=True)
class Fitted:
    """Options for the queue, and what was left out of the ticket, for the story."""

    options: Mapping[str, str]
    left_out: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Misfit:
    """The queue cannot print the job as it was ordered, and why."""

    detail: str
    reason: str = "unsupported-attributes-or-values"


def fitted(ticket: bytes, told: QueueCapabilities, defaults: Iterable[ShareOption], queue: str) -> Fitted | Misfit:
    """A ticket as a queue takes it.

    Args:
        ticket: One IPP message; b"" for none.
        told: What the queue takes.
        defaults: What the tenant set for it.
        queue: Its name, for people.
    """
    paper = told.option("media")
    said = wishes(ticket, paper.values if paper else ())
    asked = {one.name: one.default for one in defaults if one.default and told.option(one.name)} | said
    options: dict[str, str] = {}
    left_out: list[str] = []
    for name, value in asked.items():
        option = told.option(name)
        if option is None and name in _THROUGH and told.options:
            options[name] = value
        elif option is None:
            if name == "copies" and value != "1":
                return Misfit(detail=f"The queue {queue} makes no copies; print the document so many times.")
            if name == "page-ranges":
                return Misfit(detail=f"The queue {queue} prints whole documents only; hand in the pages by themselves.")
            left_out.append(name)
        elif _has(option, value):
            options[name] = value
        elif name in _MUST:
            return Misfit(detail=f"The queue {queue} cannot have {name} {value}. Choose another, or another printer.")
        else:
            left_out.append(name)
            options.update(_instead(option, value))
    choices = tuple(OptionChoice(option=name, value=value) for name, value in options.items())
    for rule in told.constraints:
        if rule.forbids(choices):
            both = f"{_said(rule.one)} and {_said(rule.other)}"
            return Misfit(detail=f"The driver of {queue} forbids {both} together. Choose one of them.")
    return Fitted(options=options, left_out=tuple(left_out))


def _said(choice: OptionChoice) -> str:
    return f"{choice.option} {choice.value}".strip()


def _has(option: QueueOption, value: str) -> bool:
    lower, _, upper = "".join(option.values[:1]).partition("-")
    if len(option.values) == 1 and lower.isdecimal() and upper.isdecimal():
        return value.isdecimal() and int(lower) <= int(value) <= int(upper)
    return all(one in option.values for one in value.split(",")) or value in option.values


def _instead(option: QueueOption, value: str) -> Mapping[str, str]:
    """What stands in for a value the queue has not: for most the queue's own default."""
    if option.name == "sides" and value != _ONE_SIDE:
        other = next((one for one in option.values if one != _ONE_SIDE), _ONE_SIDE)
        return {"sides": other}
    if option.name == "print-color-mode" and value.endswith(_GREY) and _GREY in option.values:
        return {"print-color-mode": _GREY}
    return {}


def wishes(ticket: bytes, papers: Collected[str] = ()) -> dict[str, str]:
    """What a ticket asks for, by IPP name; of one that cannot be read, nothing.

    Args:
        ticket: One IPP message; b"" for none.
        papers: Names of the paper the queue has, to call what is ordered by its measures.
    """
    try:
        group = decode(ticket)[0].first(GroupTag.JOB) if ticket else Group(GroupTag.JOB)
    except IppProtocolError:
        return {}
    found: dict[str, str] = {}
    for attribute in group:
        if attribute.name == "media-col":
            for name, value in _in_collection(attribute, papers).items():
                found.setdefault(name, value)
        elif text := _text(attribute):
            found[attribute.name] = text
    return {name: value for name, value in found.items() if name in _KNOWN or name.startswith("x-")}


_KNOWN: Final = _THROUGH | {
    "copies",
    "sides",
    "media",
    "print-color-mode",
    "printer-resolution",
    "media-source",
    "media-type",
    "print-quality",
    "output-bin",
    "finishings",
}


def _in_collection(attribute: Attribute, papers: Collected[str]) -> dict[str, str]:
    media = attribute.value
    if not isinstance(media, Collection):
        return {}
    told = {name: media.first(name) for name in ("media-source", "media-type", "media-size-name")}
    named = {name: value for name, value in told.items() if isinstance(value, str) and value}
    if "media-size-name" in named:
        named["media"] = named.pop("media-size-name")
    elif isinstance(size := media.first("media-size"), Collection):
        named |= _paper(size, papers)
    return named


def _paper(size: Collection, papers: Collected[str]) -> dict[str, str]:
    """Paper of these measures by its name; where the queue has none, by a name of the measures."""
    width, height = size.first("x-dimension"), size.first("y-dimension")
    if not isinstance(width, int) or not isinstance(height, int):
        return {}
    known = [(max(abs(x - width), abs(y - height)), name) for name in papers for x, y in (media_size(name) or (0, 0),)]
    off, name = min(known, default=(NEAR, ""), key=lambda one: one[0])
    measures = f"{width / 100:g}x{height / 100:g}mm"
    return {"media": name if off < NEAR else f"custom_{measures}_{measures}"}


def _text(attribute: Attribute) -> str:
    said = [_one(attribute.name, value.value) for value in attribute.values]
    return ",".join(one for one in said if one)


def _one(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return enum_word(name, value)
    if isinstance(value, Range):
        return f"{value.lower}-{value.upper}"
    if isinstance(value, Resolution):
        return resolution_text(value)
    return value if isinstance(value, str) else ""
