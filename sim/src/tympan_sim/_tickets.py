"""Tickets: the job attributes a client sends, checked against a profile and read for what matters here."""

from collections.abc import Callable
from typing import Any

from tympan_sim._capabilities import JOB_ATTRIBUTES, MAX_COPIES
from tympan_sim._profiles import Profile
from tympan_wire.ipp import Attribute, Collection, DateTime, Range, Resolution, Value, attr

_Check = Callable[[Profile, Any], bool]

_CHECKS: dict[str, _Check] = {
    "copies": lambda profile, value: isinstance(value, int) and 1 <= value <= MAX_COPIES,
    "finishings": lambda profile, value: value in profile.finishings,
    "job-hold-until": lambda profile, value: value in ("no-hold", "indefinite"),
    "media": lambda profile, value: value in profile.media,
    "media-col": lambda profile, value: isinstance(value, Collection) and _media_fits(profile, value),
    "multiple-document-handling": lambda profile, value: str(value).startswith("separate-documents-"),
    "orientation-requested": lambda profile, value: value is None or value in (3, 4, 5, 6),
    "output-bin": lambda profile, value: value == "face-down",
    "overrides": lambda profile, value: isinstance(value, Collection),
    "page-ranges": lambda profile, value: isinstance(value, Range) and 1 <= value.lower <= value.upper,
    "print-color-mode": lambda profile, value: value in ("auto", "monochrome") or (profile.color and value == "color"),
    "print-content-optimize": lambda profile, value: value in ("auto", "graphic", "photo", "text", "text-and-graphic"),
    "print-quality": lambda profile, value: value in (3, 4, 5),
    "print-rendering-intent": lambda profile, value: value == "auto",
    "printer-resolution": lambda profile, value: isinstance(value, Resolution) and _resolution_fits(profile, value),
    "sides": lambda profile, value: value in profile.sides,
}
"""Whether a device takes one value of an attribute; a name without a check is not supported."""

assert set(_CHECKS) == set(JOB_ATTRIBUTES)  # noqa: S101 -- the two tables speak of the same attributes

_SIZE_TOLERANCE = 20
"""1/100 mm; clients that compute in points or pixels miss by a unit or two, PWG 5101.1 allows half a millimetre."""


def unsupported(profile: Profile, ticket: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """What of a ticket the device does not do, as the unsupported group says it (RFC 8011 section 4.1.7)."""
    wrong = []
    for attribute in ticket:
        check = _CHECKS.get(attribute.name)
        if check is None:
            wrong.append(attr.unsupported(attribute.name))
        elif not all(check(profile, value.value) for value in attribute.values):
            wrong.append(attribute)
    return tuple(wrong)


def _media_fits(profile: Profile, wanted: Collection) -> bool:
    name = wanted.first("media-size-name")
    if name is not None:
        return name in profile.media
    size = wanted.first("media-size")
    if not isinstance(size, Collection):
        return True
    x, y = size.first("x-dimension"), size.first("y-dimension")
    if not isinstance(x, int) or not isinstance(y, int):
        return False
    return any(abs(at.x - x) <= _SIZE_TOLERANCE and abs(at.y - y) <= _SIZE_TOLERANCE for at in profile.sizes)


def _resolution_fits(profile: Profile, wanted: Resolution) -> bool:
    return wanted.units == 3 and wanted.x == wanted.y and wanted.x in profile.resolutions_dpi


def copies(ticket: tuple[Attribute, ...]) -> int:
    """Copies asked for, within what the device does; 1 where nothing sensible is said."""
    wanted = next((attribute.value for attribute in ticket if attribute.name == "copies"), 1)
    return wanted if isinstance(wanted, int) and 1 <= wanted <= MAX_COPIES else 1


def held(ticket: tuple[Attribute, ...]) -> bool:
    """Whether the ticket asks that the job wait for Release-Job."""
    wanted = next((attribute.value for attribute in ticket if attribute.name == "job-hold-until"), "no-hold")
    return bool(wanted == "indefinite")


def selected_pages(ticket: tuple[Attribute, ...], pages: int) -> int:
    """Pages of a document that page-ranges leaves."""
    ranges = next((attribute.values for attribute in ticket if attribute.name == "page-ranges"), ())
    wanted = [value.value for value in ranges if isinstance(value.value, Range)]
    if not wanted:
        return pages
    return sum(1 for page in range(1, pages + 1) if any(at.lower <= page <= at.upper for at in wanted))


def plain(ticket: tuple[Attribute, ...]) -> dict[str, list[Any]]:
    """The ticket as JSON can say it, by attribute name."""
    return {attribute.name: [_plain(value) for value in attribute.values] for attribute in ticket}


def _plain(value: Value) -> Any:
    held_value = value.value
    if isinstance(held_value, Collection):
        return {name: [_plain(member) for member in members] for name, members in held_value.members}
    if isinstance(held_value, tuple):
        return list(held_value)
    if isinstance(held_value, DateTime):
        return held_value.raw.hex()
    if isinstance(held_value, bytes):
        return held_value.hex()
    if isinstance(held_value, str):
        return held_value.encode("utf-8", "replace").decode()
    return held_value
