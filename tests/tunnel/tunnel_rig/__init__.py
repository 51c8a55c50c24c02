"""Sites in network namespaces, with cables that lose, delay and cut: a computer at home, the hub, and an office."""

from tunnel_rig._attacker import Answered, Asked, Attacker, Onward, Play, honest
from tunnel_rig._cable import Cable, Cables
from tunnel_rig._document import MARKER, PAGES, marked_document, pieces_of, text_of
from tunnel_rig._furnish import LOBBY
from tunnel_rig._lies import Twice, of, other_blob, retold, with_reader
from tunnel_rig._opening import sites
from tunnel_rig._sites import CLOUD, DEVICE, HOME, LETTER, OFFICE, USER, WAIT_S, Sites
from tunnel_rig._storm import Storm
from tympan_hub.domain.tunnel_use import TunnelUse

__all__ = [
    "CLOUD",
    "DEVICE",
    "HOME",
    "LETTER",
    "LOBBY",
    "MARKER",
    "OFFICE",
    "PAGES",
    "USER",
    "WAIT_S",
    "Answered",
    "Asked",
    "Attacker",
    "Cable",
    "Cables",
    "Onward",
    "Play",
    "Sites",
    "Storm",
    "TunnelUse",
    "Twice",
    "honest",
    "marked_document",
    "of",
    "other_blob",
    "pieces_of",
    "retold",
    "sites",
    "text_of",
    "with_reader",
]
