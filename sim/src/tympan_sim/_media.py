"""Media: sizes by their self-describing names (PWG 5101.1), in hundredths of a millimetre."""

import re

import attrs

from tympan_sim._errors import ProfileInvalid

_NAME = re.compile(r"[a-z]+_[a-z0-9.-]+_(?P<x>\d+(\.\d+)?)x(?P<y>\d+(\.\d+)?)(?P<unit>mm|in)")
_HUNDREDTHS = {"mm": 100, "in": 2540}


@attrs.frozen
class MediaSize:
    """One size of media.

    Attributes:
        name: the self-describing name, such as "iso_a4_210x297mm".
        x: width in 1/100 mm.
        y: length in 1/100 mm.
    """

    name: str
    x: int
    y: int

    @classmethod
    def named(cls, name: str) -> "MediaSize":
        """The size a self-describing name speaks of.

        Raises:
            ProfileInvalid: The name describes no size.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            raise ProfileInvalid(f'"{name}" is not a media name like iso_a4_210x297mm')
        unit = _HUNDREDTHS[found["unit"]]
        return cls(name, round(float(found["x"]) * unit), round(float(found["y"]) * unit))
