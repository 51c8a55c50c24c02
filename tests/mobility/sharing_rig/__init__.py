"""A computer with many queues on a real CUPS, and a job's way from another computer through the hub to one of them."""

from sharing_rig._machine import EVERYWHERE, PPDS, RAW, Machine, add_queue_of, machine
from sharing_rig._sharing import Sharing, sharing
from sharing_rig._way import LETTER, QUEUE, SharedWay, shared_way, until

__all__ = [
    "EVERYWHERE",
    "LETTER",
    "PPDS",
    "QUEUE",
    "RAW",
    "Machine",
    "SharedWay",
    "Sharing",
    "add_queue_of",
    "machine",
    "shared_way",
    "sharing",
    "until",
]
