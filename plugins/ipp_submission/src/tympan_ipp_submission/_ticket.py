"""The ticket: passed through as the user ordered it, or adapted with a reason.

- Every job attribute goes through, known or not. What is left out or changed is named in ``Ticket.adapted``.
- A job that is delivered has been released: a device told to hold it would hold it again, for nobody to release.
"""

from __future__ import annotations

import re
from typing import Final, Self

import attrs

from tympan_ipp_submission._model import DOTS_PER_CM
from tympan_wire.ipp import Attribute, Collection, GroupTag, IppProtocolError, Range, Resolution, decode

_OPERATION_NAMES: Final = frozenset(
    {
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
        "job-uri",
        "requesting-user-name",
        "job-name",
        "document-name",
        "document-format",
        "compression",
        "last-document",
        "ipp-attribute-fidelity",
    }
)
"""Operation attributes (RFC 8011 section 4.2.1.1): they have a place of their own in a request."""

_METRIC: Final = re.compile(r".*_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)")
_UM: Final = {"mm": 1000, "in": 25_400}


@attrs.frozen(kw_only=True)
class Ticket:
    """Job attributes as they will be sent.

    Attributes:
        attributes: In the user's order.
        adapted: What was changed and why, for the timeline; "" when nothing.
    """

    attributes: tuple[Attribute, ...] = ()
    adapted: tuple[str, ...] = ()

    @classmethod
    def read(cls, ticket: bytes) -> Self:
        """Reads the job's ticket; one that does not parse prints with the device's defaults, and says so."""
        if not ticket:
            return cls()
        try:
            message, _ = decode(ticket)
        except IppProtocolError as error:
            return cls(adapted=(f"printed with the device's defaults, as the ticket is damaged ({error.reason})",))
        group = message.first(GroupTag.JOB)
        given = cls(attributes=tuple(entry for entry in group if entry.name not in _OPERATION_NAMES))
        return given._one_media()._released()

    def _one_media(self) -> Self:
        """RFC 8011 lets ``media`` and ``media-col`` not stand together (PWG 5100.7): the fuller one stays."""
        if self.get("media") is None or self.get("media-col") is None:
            return self
        return self.without({"media"}, "media-col says it more fully")

    def _released(self) -> Self:
        """Without the one hold that is kept here; times of day are the device's to keep."""
        if self.keyword("job-hold-until") != "indefinite":
            return self
        return self.without({"job-hold-until"}, "it was held here, and is released")

    def get(self, name: str) -> Attribute | None:
        """The attribute of that name."""
        return next((entry for entry in self.attributes if entry.name == name), None)

    def keyword(self, name: str) -> str:
        """The first string of an attribute, "" when there is none."""
        found = self.get(name)
        return next(iter(found.strings()), "") if found else ""

    def integer(self, name: str) -> int | None:
        """The first integer of an attribute."""
        found = self.get(name)
        return next(iter(found.integers()), None) if found else None

    def changed(self, entry: Attribute, why: str) -> Self:
        """The ticket with one attribute otherwise."""
        attributes = tuple(entry if one.name == entry.name else one for one in self.attributes)
        return attrs.evolve(self, attributes=attributes, adapted=(*self.adapted, why))

    def without(self, names: set[str] | frozenset[str], why: str) -> Self:
        """The ticket without some attributes."""
        dropped = [entry.name for entry in self.attributes if entry.name in names]
        if not dropped:
            return self
        return attrs.evolve(
            self,
            attributes=tuple(entry for entry in self.attributes if entry.name not in names),
            adapted=(*self.adapted, f"left out {', '.join(dropped)}: {why}"),
        )

    @property
    def page_ranges(self) -> tuple[tuple[int, int], ...]:
        """``page-ranges``, 1-based and inclusive; () means every page."""
        found = self.get("page-ranges")
        values = [entry.value for entry in found.values] if found else []
        return tuple((value.lower, value.upper) for value in values if isinstance(value, Range))

    @property
    def dpi(self) -> int | None:
        """``printer-resolution`` where it is one number of dots per inch; None when it is not asked for so."""
        found = self.get("printer-resolution")
        value = found.value if found else None
        if not isinstance(value, Resolution) or value.x != value.y or value.units == DOTS_PER_CM:
            return None
        return value.x

    @property
    def media_um(self) -> tuple[int, int] | None:
        """Width and height of the paper asked for, in micrometres; None when the ticket names none we can read."""
        return self._media_col_um() or media_um(self.keyword("media"))

    @property
    def media_name(self) -> str:
        """The PWG self-describing name of the paper asked for, "" when the ticket has none."""
        column = self.get("media-col")
        named = column.value.first("media-size-name") if column and isinstance(column.value, Collection) else None
        return named if isinstance(named, str) else self.keyword("media")

    def _media_col_um(self) -> tuple[int, int] | None:
        column = self.get("media-col")
        if column is None or not isinstance(column.value, Collection):
            return None
        size, named = column.value.first("media-size"), column.value.first("media-size-name")
        if isinstance(size, Collection):
            x, y = size.first("x-dimension"), size.first("y-dimension")
            if isinstance(x, int) and isinstance(y, int) and x > 0 and y > 0:
                return x * 10, y * 10
        return media_um(named) if isinstance(named, str) else None


def media_um(name: str) -> tuple[int, int] | None:
    """Width and height in micrometres from a self-describing media name (PWG 5101.1 section 5)."""
    found = _METRIC.fullmatch(name)
    if not found:
        return None
    unit = _UM[found[3]]
    return round(float(found[1]) * unit), round(float(found[2]) * unit)
