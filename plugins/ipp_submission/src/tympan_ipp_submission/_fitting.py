"""Fitting: the ticket of a job that was released to another device than the one it was written for. Pure.

- What the device lacks and nobody would miss on paper's edge is adapted, each with its reason: colour, both sides,
  finishings, trays.
- What would come out as something else is refused: paper the device has not, more copies than it makes.
- What the device does not speak of is left as it is: it decides then.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from tympan_ipp_submission._model import DeviceFacts
from tympan_ipp_submission._ticket import Ticket, media_um
from tympan_wire.ipp import Attribute, Range, Value, attr

LOOKED_AT: Final = (
    "copies-supported",
    "finishings-supported",
    "media-supported",
    "output-bin-supported",
    "print-color-mode-supported",
    "print-quality-supported",
    "sides-supported",
)
"""Asked of the device, beside what every delivery asks."""

_DROPPED: Final = ("finishings", "output-bin", "print-quality")
"""Left out, as far as the device has no such value."""

_GREY: Final = ("monochrome", "auto-monochrome", "process-monochrome", "auto")
"""``print-color-mode`` of a device without the one asked for, the best first (PWG 5100.13 section 5.1.2)."""

_CUSTOM: Final = re.compile(r"custom_(min|max)_")
_SAME_UM: Final = 1_000
"""Two sizes are one paper within a millimetre: names round."""


@attrs.frozen(kw_only=True)
class Misfit:
    """The device cannot print the job as it was ordered, and why."""

    detail: str
    reason: str = "unsupported-attributes-or-values"


def fitted(ticket: Ticket, facts: DeviceFacts, name: str) -> Ticket | Misfit:
    """The ticket as the device called ``name`` can do it."""
    misfit = _copies(ticket, facts, name) or _paper(ticket, facts, name)
    if misfit is not None:
        return misfit
    fit = _color(_sides(ticket, facts), facts)
    for dropped in _DROPPED:
        fit = _without_what_it_lacks(fit, facts, dropped)
    return fit


def _supported(facts: DeviceFacts, name: str) -> tuple[Value, ...]:
    found = facts.attributes.get(f"{name}-supported")
    return found.values if found is not None else ()


def _copies(ticket: Ticket, facts: DeviceFacts, name: str) -> Misfit | None:
    wanted, most = ticket.integer("copies") or 1, [value.value for value in _supported(facts, "copies")]
    upper = next((value.upper if isinstance(value, Range) else value for value in most), None)
    if not isinstance(upper, int) or wanted <= upper:
        return None
    return Misfit(detail=f"{name} makes at most {upper} of the {wanted} copies ordered. Release the job elsewhere.")


def _paper(ticket: Ticket, facts: DeviceFacts, name: str) -> Misfit | None:
    names = facts.attributes.strings("media-supported")
    wanted, size = ticket.media_name, ticket.media_um
    if not names or wanted in names or (size is None and not wanted):
        return None
    if size is not None and (_fits_a_size(size, names) or _fits_the_range(size, names)):
        return None
    asked = wanted or f"{size[0] / 1000:g} x {size[1] / 1000:g} mm" if size else wanted
    return Misfit(detail=f"{name} has no paper of the size {asked}. Release the job elsewhere.")


def _fits_a_size(size: tuple[int, int], names: tuple[str, ...]) -> bool:
    sizes = (media_um(name) for name in names if not _CUSTOM.match(name))
    return any(one is not None and max(abs(one[0] - size[0]), abs(one[1] - size[1])) <= _SAME_UM for one in sizes)


def _fits_the_range(size: tuple[int, int], names: tuple[str, ...]) -> bool:
    """Whether it lies between ``custom_min_`` and ``custom_max_`` (PWG 5101.1 section 5.2)."""
    ends = {match[1]: media_um(name) for name in names if (match := _CUSTOM.match(name))}
    low, high = ends.get("min"), ends.get("max")
    return low is not None and high is not None and all(a <= b <= c for a, b, c in zip(low, size, high, strict=True))


def _sides(ticket: Ticket, facts: DeviceFacts) -> Ticket:
    wanted, offered = ticket.keyword("sides"), facts.attributes.strings("sides-supported")
    if not wanted.startswith("two-sided") or not offered or wanted in offered:
        return ticket
    return ticket.changed(attr.keyword("sides", "one-sided"), "on one side: the device does not print both")


def _color(ticket: Ticket, facts: DeviceFacts) -> Ticket:
    wanted, offered = ticket.keyword("print-color-mode"), facts.attributes.strings("print-color-mode-supported")
    grey_only = not facts.color and wanted == "color"
    if not wanted or (wanted in offered and not grey_only) or not (offered or grey_only):
        return ticket
    instead = next((mode for mode in _GREY if mode in offered), "monochrome")
    why = "in grey: the device has no colour" if grey_only else f"the device has no colour mode {wanted}"
    return ticket.changed(attr.keyword("print-color-mode", instead), why)


def _without_what_it_lacks(ticket: Ticket, facts: DeviceFacts, name: str) -> Ticket:
    asked, offered = ticket.get(name), {value.value for value in _supported(facts, name)}
    if asked is None or not offered:
        return ticket
    kept = tuple(value for value in asked.values if value.value in offered)
    if len(kept) == len(asked.values):
        return ticket
    why = "the device cannot do it"
    return ticket.changed(Attribute(name, kept), f"fewer {name}: {why}") if kept else ticket.without({name}, why)
