"""Power cuts of hub and agent at moments drawn from a seed: the line between both that counts, and the hub's books."""

from crash_rig._books import Books, Desk
from crash_rig._points import TOGETHER, Step, Victim
from crash_rig._stage import Stage, stage

__all__ = ["TOGETHER", "Books", "Desk", "Stage", "Step", "Victim", "stage"]
