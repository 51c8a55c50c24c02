"""What the portal's page and the agent on the same machine say to each other: values and the signed permit. Pure."""

from tympan_wire.bridge._envelope import ENVELOPE_BYTES, BadEnvelope, Signed, opened, sealed, to_be_signed
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
    "ENVELOPE_BYTES",
    "GREET_PATH",
    "HEADER",
    "PREFIX",
    "RUN_PATH",
    "BadEnvelope",
    "Code",
    "Deed",
    "Errand",
    "Greeting",
    "Permit",
    "Refusal",
    "Result",
    "Signed",
    "opened",
    "sealed",
    "to_be_signed",
]
