"""Media: sizes behind PWG self-describing names (PWG 5101.1) and the collections that describe them (PWG 5100.7)."""

from __future__ import annotations

from collections.abc import Iterable

from tympan_wire.ipp import Attribute, Collection, attr, media_size

Size = tuple[int, int]
"""Width and height in hundredths of a millimetre."""

MARGIN = 423
"""Hundredths of a millimetre (1/6 inch), where the device does not say: every desktop device keeps within it."""

SIDES = ("bottom", "left", "right", "top")


def described(names: Iterable[str]) -> dict[str, Size]:
    """The sizes of those names that say one."""
    return {name: size for name in names if (size := media_size(name))}


def size_collection(size: Size) -> Collection:
    """A ``media-size``."""
    members = (attr.integer("x-dimension", size[0]), attr.integer("y-dimension", size[1]))
    return Collection((member.name, member.values) for member in members)


def media_col(name: str, size: Size, margin: int = MARGIN) -> tuple[Attribute, ...]:
    """The members of a ``media-col`` for a size."""
    return (
        attr.collection("media-size", size_collection(size)),
        attr.keyword("media-size-name", name),
        *(attr.integer(f"media-{side}-margin", margin) for side in SIDES),
        attr.keyword("media-source", "auto"),
        attr.keyword("media-type", "stationery"),
    )


def media_attributes(names: tuple[str, ...], default: str, ready: tuple[str, ...]) -> tuple[Attribute, ...]:
    """Everything a printer says about its media, for a device that gives no more than names."""
    sizes = described(names) or {default: media_size(default) or (21000, 29700)}
    standard = default if default in sizes else next(iter(sizes))
    loaded = [name for name in ready if name in sizes] or [standard]
    return (
        attr.keyword("media-default", standard),
        attr.keyword("media-supported", *names),
        attr.keyword("media-ready", *loaded),
        attr.collection("media-col-default", media_col(standard, sizes[standard])),
        attr.collection("media-col-ready", *(media_col(name, sizes[name]) for name in loaded)),
        attr.collection("media-col-database", *(media_col(name, size) for name, size in sizes.items())),
        attr.keyword(
            "media-col-supported",
            "media-size",
            "media-size-name",
            *(f"media-{side}-margin" for side in SIDES),
            "media-source",
            "media-type",
        ),
        attr.collection("media-size-supported", *map(size_collection, sizes.values())),
        attr.keyword("media-source-supported", "auto"),
        attr.keyword("media-type-supported", "stationery"),
        *(attr.integer(f"media-{side}-margin-supported", MARGIN) for side in SIDES),
    )
