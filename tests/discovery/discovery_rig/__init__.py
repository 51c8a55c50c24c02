"""Worlds of network namespaces: subnets and a router, with real printers, responders and agents on hosts of their own.

Nothing of it touches the machine's own network. All of it goes with its block, and what a killed test left goes when
the next begins.
"""

from discovery_rig._avahi import Avahi, Eve, avahi, eve, listens, seen, until_seen
from discovery_rig._capture import Capture, Packet, capture
from discovery_rig._desk import Desk, desk
from discovery_rig._found import Found, Sighted
from discovery_rig._hostile import WAYS, Asked, Way, breaks, hangs_up, hostile, redirects
from discovery_rig._line import Lines, Traffic
from discovery_rig._mdns import MARKUP, announced, broken, crowd, message, mouth, shouted
from discovery_rig._names import NameServer, name_server, resolv_conf
from discovery_rig._namespaces import Namespace, make, of_this_process
from discovery_rig._office import Office, office
from discovery_rig._responder import Device, envelope, responder
from discovery_rig._simulated import Simulated, simulated
from discovery_rig._world import Host, Subnet, World, world
from discovery_rig._wsdd import wsdd

__all__ = [
    "MARKUP",
    "WAYS",
    "Asked",
    "Avahi",
    "Capture",
    "Desk",
    "Device",
    "Eve",
    "Found",
    "Host",
    "Lines",
    "NameServer",
    "Namespace",
    "Office",
    "Packet",
    "Sighted",
    "Simulated",
    "Subnet",
    "Traffic",
    "Way",
    "World",
    "announced",
    "avahi",
    "breaks",
    "broken",
    "capture",
    "crowd",
    "desk",
    "envelope",
    "eve",
    "hangs_up",
    "hostile",
    "listens",
    "make",
    "message",
    "mouth",
    "name_server",
    "of_this_process",
    "office",
    "redirects",
    "resolv_conf",
    "responder",
    "seen",
    "shouted",
    "simulated",
    "until_seen",
    "world",
    "wsdd",
]
