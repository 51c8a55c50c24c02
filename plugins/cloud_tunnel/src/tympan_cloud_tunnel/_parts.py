"""The plugin's parts: route and sender share a station, gate and receiver a ledger."""

from __future__ import annotations

from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._receiver import Receiver
from tympan_cloud_tunnel._route import TunnelRoute
from tympan_cloud_tunnel._sender import Sender
from tympan_cloud_tunnel._station import Station

STATION = Station()
ROUTE = TunnelRoute(STATION)
GATE = TunnelGate()
"""One of each for the process: the kernel asks for each port apart."""


def sender() -> Sender:
    """The service of the sending end."""
    return Sender(STATION)


def receiver() -> Receiver:
    """The service of the receiving end."""
    return Receiver(GATE)
