"""Power cuts of hub and agent at moments drawn from a seed: the line between both that counts, and the hub's books."""

from crash_rig._books import Books, Desk, opened
from crash_rig._line import Line, line
from crash_rig._points import Cut, Step, Victim, cuts

__all__ = ["Books", "Cut", "Desk", "Line", "Step", "Victim", "cuts", "line", "opened"]
