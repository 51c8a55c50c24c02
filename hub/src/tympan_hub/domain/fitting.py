"""How a held job suits a device: what the device cannot do of it, and where else it could be done. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from attrs import frozen

from tympan_hub.domain.held import Changes, ColorMode, Sides
from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.printers import DeviceSeen
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.releases import Fit, Nearest, Why

_DIMENSIONS: Final = re.compile(r"([0-9.]{1,9})x([0-9.]{1,9})(mm|in)")
_UM: Final = {"mm": 1_000, "in": 25_400}
_SAME_UM: Final = 1_000
"""Two sizes are one paper within a millimetre: names round."""


@frozen(kw_only=True)
class Place:
    """A release point, and what is known of its device.

    Attributes:
        printer: Its id.
        name: For people.
        location: For people.
        seen: How its device is; None when nobody saw it.
    """

    printer: PrinterId
    name: str
    location: str = ""
    seen: DeviceSeen | None = None


def misfits(job: Job, changes: Changes, device: DeviceSeen | None) -> tuple[Why, ...]:
    """What a device cannot do of a job, as far as both are known."""
    if device is None:
        return ()
    lacks = {
        Why.NO_COLOR: device.color is False and _wants_color(job, changes),
        Why.NO_DUPLEX: device.duplex is False and _wants_duplex(job, changes),
        Why.NO_MEDIA: len(_papers(job, device)) < len(_sizes(job)),
    }
    return tuple(why for why, so in lacks.items() if so)


def fit_of(whys: Collection[Why], queue: PullSettings, job: Job, device: DeviceSeen | None) -> Fit:
    """Whether a job comes out with what a device cannot do of it.

    Where a device has none of a job's paper, nothing is adapted: its agent would hold the job again.
    """
    if not whys:
        return Fit.FITS
    if Why.NO_MEDIA in whys and device is not None and not _papers(job, device):
        return Fit.REFUSED
    return Fit.ADAPTED if queue.adapt else Fit.REFUSED


def nearest(job: Job, changes: Changes, here: Place, places: Sequence[Place]) -> Nearest | None:
    """The release point that can do all of a job and is the nearest: in the same place by its location, and answering.

    Nobody tells how far devices are from each other: places whose locations begin alike are near.
    """
    able = [
        place
        for place in places
        if place.printer != here.printer and place.seen is not None and not misfits(job, changes, place.seen)
    ]
    if not able:
        return None
    best = max(able, key=lambda place: (_answers(place), _alike(place.location, here.location), place.name))
    return Nearest(printer=best.printer, name=best.name, location=best.location)


def sides_of(job: Job, changes: Changes) -> int:
    """How many sides a job puts on paper, at least."""
    counted = job.pages
    if counted is None:
        return changes.copies or 1
    copies = max(counted.copies, 1)
    sides = counted.impressions if counted.impressions is not None else (counted.pages or 1) * copies
    return sides if changes.copies is None else -(-sides // copies) * changes.copies


def _wants_color(job: Job, changes: Changes) -> bool:
    if changes.color is ColorMode.MONOCHROME:
        return False
    counted = job.pages.color_pages if job.pages else None
    return changes.color is ColorMode.COLOR or bool(counted)


def _wants_duplex(job: Job, changes: Changes) -> bool:
    ordered = job.pages.sides if job.pages else ""
    wanted = changes.sides.value if changes.sides else ordered
    return wanted.startswith("two-sided") and wanted != Sides.ONE


def _sizes(job: Job) -> tuple[str, ...]:
    """Of named sizes; what has none is printed on whatever is there."""
    told = job.pages.sizes if job.pages else ()
    return tuple(dict.fromkeys(size for size in told if not size.startswith("custom_")))


def _papers(job: Job, device: DeviceSeen) -> tuple[str, ...]:
    """Those of them that a device has; all where it does not tell what it has."""
    wanted, media = _sizes(job), device.media
    return tuple(size for size in wanted if size in media or _is_among(_um(size), media)) if media else wanted


def _is_among(size: tuple[float, float] | None, media: Iterable[str]) -> bool:
    """Whether a size is one of some, by whatever name, or lies between the ends of a range among them."""
    if size is None:
        return False
    told = {name: um for name in media if (um := _um(name)) is not None}
    ends = [[um for name, um in told.items() if name.startswith(f"custom_{end}_")] for end in ("min", "max")]
    low, high = (found[0] if found else None for found in ends)
    if low and high and all(a <= b <= c for a, b, c in zip(low, size, high, strict=True)):
        return True
    named = (um for name, um in told.items() if not name.startswith(("custom_min_", "custom_max_")))
    return any(max(abs(one[0] - size[0]), abs(one[1] - size[1])) <= _SAME_UM for one in named)


def _um(media: str) -> tuple[float, float] | None:
    """The dimensions of a PWG self-describing media name (PWG 5101.1 section 5.1), in micrometres."""
    found = _DIMENSIONS.fullmatch(media.rsplit("_", 1)[-1])
    try:
        return (float(found[1]) * _UM[found[3]], float(found[2]) * _UM[found[3]]) if found else None
    except ValueError:
        return None


def _answers(place: Place) -> bool:
    return place.seen is not None and place.seen.reachable and place.seen.reason == "none"


def _alike(one: str, other: str) -> int:
    """With how many words two locations begin alike."""
    alike = 0
    for mine, theirs in zip(one.casefold().split(), other.casefold().split(), strict=False):
        if mine != theirs:
            break
        alike += 1
    return alike
