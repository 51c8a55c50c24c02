"""Bytes through a hub: a served hub, ends that are processes of their own, and a line between them that can be cut."""

from bytes_rig._end import End, end
from bytes_rig._line import Line, line
from bytes_rig._memory import growth_mib, restart_growth
from bytes_rig._sealed import Sealed, sealed
from bytes_rig._site import Site, site

__all__ = ["End", "Line", "Sealed", "Site", "end", "growth_mib", "line", "restart_growth", "sealed", "site"]
