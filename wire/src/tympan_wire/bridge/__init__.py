"""What the portal's page and the agent on the same machine say to each other: values and the signed permit. Pure."""

from tympan_wire.bridge._kind import PERMIT
from tympan_wire.bridge._messages import (
    GREET_PATH,
    HEADER,
    PREFIX,
    RUN_PATH,
    Code,
    Deed,
    Errand,
    Greeting,
    Permit,
    Refusal,
    Result,
)

__all__ = [
    "GREET_PATH",
    "HEADER",
    "PERMIT",
    "PREFIX",
    "RUN_PATH",
    "Code",
    "Deed",
    "Errand",
    "Greeting",
    "Permit",
    "Refusal",
    "Result",
]
