"""Release grants: the hub's signed word, given ahead, by which an agent may release one job once. Pure."""

from tympan_wire.grants._errors import BadGrant, ForAnother, NotNow, NotSigned
from tympan_wire.grants._kind import GRANT
from tympan_wire.grants._verified import SKEW_S, verified

__all__ = [
    "GRANT",
    "SKEW_S",
    "BadGrant",
    "ForAnother",
    "NotNow",
    "NotSigned",
    "verified",
]
