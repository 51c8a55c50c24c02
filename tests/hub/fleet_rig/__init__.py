"""A fleet: many simulated agents on a served hub, and the switches that are moved on it."""

from fleet_rig._agent import FleetAgent
from fleet_rig._fleet import Fleet, Place, fleet, furnished
from fleet_rig._switches import Switches

__all__ = ["Fleet", "FleetAgent", "Place", "Switches", "fleet", "furnished"]
