"""What a device is, as values: the same from whichever protocol told it. Pure, and knows no protocol."""

from tympan_wire.device._description import Description
from tympan_wire.device._supply import Supply

__all__ = ["Description", "Supply"]
