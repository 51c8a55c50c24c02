"""Tickets: the job attributes of a request, kept exactly as sent, and checked against what the printer offers.

- The ticket is what the client sent, unknown attributes included: the device may know what we do not.
- An unsupported one is reported, and refused only when the client insists with ipp-attribute-fidelity (RFC 8011 4.1.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tympan_wire.ipp import Attribute, Collection, Group, GroupTag, Message, Range, Tag, Value, attr, encode, media_size

Supported = Mapping[str, Attribute]

MEDIA_TOLERANCE = 60
"""Hundredths of a millimetre. Windows sends 20999 x 29699 for A4, and inch sizes are rounded in both directions."""

HOLDS = ("no-hold", "indefinite")


def ticket_of(message: Message) -> bytes:
    """The job group as the kernel keeps it: one encoded message; b"" when the client sent no job attributes."""
    attributes = tuple(attribute for group in message.groups_of(GroupTag.JOB) for attribute in group)
    if not attributes:
        return b""
    groups = (Group(GroupTag.OPERATION), Group(GroupTag.JOB, attributes))
    return encode(Message((2, 0), 0, 1, groups))


def hold_of(group: Group) -> str:
    """The hold a client asks for; ``no-hold`` when none or one we do not keep."""
    asked = group.string("job-hold-until", "no-hold")
    return asked if asked in HOLDS else "no-hold"


def unsupported(job: Group, supported: Supported) -> tuple[Attribute, ...]:
    """What of a ticket the printer lacks: whole attributes as ``unsupported``, else the values in question."""
    return tuple(_complaints(job, supported))


def _complaints(job: Group, supported: Supported) -> Iterator[Attribute]:
    for attribute in job:
        base = attribute.name
        if base in ("job-name", "job-hold-until"):
            if base == "job-hold-until" and attribute.value not in HOLDS:
                yield attribute
            continue
        offered = supported.get(f"{base}-supported")
        if offered is None or offered.value is False:
            yield attr.unsupported(base)
            continue
        check = _CHECKS.get(base, _listed)
        bad = tuple(value for value in attribute.values if not check(value, offered, supported))
        if bad:
            yield Attribute(base, bad)


Check = Callable[[Value, Attribute, Supported], bool]


def _listed(value: Value, offered: Attribute, supported: Supported) -> bool:
    """Whether a value is among those offered, or in a range of them; a boolean or a collection speaks for all."""
    if offered.tag == Tag.BOOLEAN or isinstance(value.value, (Collection, Range)):
        return True
    if any(entry.value == value.value for entry in offered.values):
        return True
    number = value.value
    if not isinstance(number, int):
        return False
    ranges = [entry.value for entry in offered.values if isinstance(entry.value, Range)]
    return any(span.lower <= number <= span.upper for span in ranges)


def _any(value: Value, offered: Attribute, supported: Supported) -> bool:
    return True


def _priority(value: Value, offered: Attribute, supported: Supported) -> bool:
    """``job-priority-supported`` is a number of levels, not a list (RFC 8011 section 5.2.1)."""
    return isinstance(value.value, int) and 1 <= value.value <= 100


def _orientation(value: Value, offered: Attribute, supported: Supported) -> bool:
    return value.tag == Tag.NO_VALUE or _listed(value, offered, supported)


def _media(value: Value, offered: Attribute, supported: Supported) -> bool:
    """A media name the printer knows, or one of a size it takes."""
    if _listed(value, offered, supported):
        return True
    size = media_size(value.value) if isinstance(value.value, str) else None
    return size is not None and _size_fits(size, supported)


def _media_col(value: Value, offered: Attribute, supported: Supported) -> bool:
    if not isinstance(value.value, Collection):
        return False
    size = value.value.first("media-size")
    if isinstance(size, Collection):
        x, y = size.first("x-dimension"), size.first("y-dimension")
        return isinstance(x, int) and isinstance(y, int) and _size_fits((x, y), supported)
    name = value.value.get("media-size-name")
    # A member may come without any value: it then says nothing, and so does no harm.
    return not name or _media(name[0], supported["media-supported"], supported)


def _size_fits(size: tuple[int, int], supported: Supported) -> bool:
    sizes = supported.get("media-size-supported")
    entries = [entry.value for entry in sizes.values if isinstance(entry.value, Collection)] if sizes else []
    return any(
        _fits(size[0], entry.first("x-dimension")) and _fits(size[1], entry.first("y-dimension")) for entry in entries
    )


def _fits(length: int, dimension: object) -> bool:
    if isinstance(dimension, Range):
        return dimension.lower - MEDIA_TOLERANCE <= length <= dimension.upper + MEDIA_TOLERANCE
    return isinstance(dimension, int) and abs(length - dimension) <= MEDIA_TOLERANCE


_CHECKS: dict[str, Check] = {
    "media": _media,
    "media-col": _media_col,
    "job-priority": _priority,
    "orientation-requested": _orientation,
    "page-ranges": _any,
    "overrides": _any,
    "finishings-col": _any,
    "print-scaling": _listed,
}
