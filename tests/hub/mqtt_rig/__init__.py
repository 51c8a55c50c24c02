"""A real Mosquitto with the configuration the hub writes, agents beside it, and clients that mean no good."""

from mqtt_rig._agents import QUICK, Listening, enrolled, listening, until
from mqtt_rig._broker import Mosquitto, mosquitto
from mqtt_rig._intruder import Intruder, intruder

__all__ = ["QUICK", "Intruder", "Listening", "Mosquitto", "enrolled", "intruder", "listening", "mosquitto", "until"]
