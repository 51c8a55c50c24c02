"""Release grants: the hub's signed word, given ahead, by which an agent may release one job once. Pure."""

from tympan_wire.grants._envelope import ENVELOPE_BYTES, PAYLOAD_TYPE, sealed, to_be_signed
from tympan_wire.grants._errors import BadGrant, ForAnother, NotNow, NotSigned
from tympan_wire.grants._verified import SKEW_S, verified

__all__ = [
    "ENVELOPE_BYTES",
    "PAYLOAD_TYPE",
    "SKEW_S",
    "BadGrant",
    "ForAnother",
    "NotNow",
    "NotSigned",
    "sealed",
    "to_be_signed",
    "verified",
]
