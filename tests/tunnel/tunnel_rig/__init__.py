"""Sites in network namespaces, with cables that lose, delay and cut: a computer at home, the hub, and an office."""

from tunnel_rig._cable import Cable, Cables
from tunnel_rig._doors import Authority, authority, plain_door, tls_door
from tunnel_rig._sites import CLOUD, DEVICE, HOME, OFFICE, WAIT_S, Sites, sites

__all__ = [
    "CLOUD",
    "DEVICE",
    "HOME",
    "OFFICE",
    "WAIT_S",
    "Authority",
    "Cable",
    "Cables",
    "Sites",
    "authority",
    "plain_door",
    "sites",
    "tls_door",
]
