"""Converters by entry point, those of others as well as our own: one that does not load is shown, and no more."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from tympan_hub.ports.conversion import Converter, Found

GROUP: Final = "tympan_hub.converters"


def found_converters() -> tuple[Found, ...]:
    """All there are, by name."""
    return tuple(map(loaded, sorted(entry_points(group=GROUP), key=lambda point: point.name)))


def loaded(point: EntryPoint) -> Found:
    """What one entry point names."""
    try:
        named = point.load()
    except Exception as error:  # whatever a stranger's module does while it is imported
        return Found(name=point.name, problem=f"it does not load: {type(error).__name__}: {error}"[:300])
    if not isinstance(named, Converter):
        return Found(name=point.name, problem="what its entry point names is no converter")
    return Found(name=point.name, converter=named)
