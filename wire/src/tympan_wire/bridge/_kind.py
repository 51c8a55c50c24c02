"""What a permit is signed as: a type of its own, so neither a policy nor a grant of the same key passes for one."""

from typing import Final

from tympan_wire.dsse import Kind

PERMIT: Final = Kind(payload_type="application/vnd.tympan.bridge-permit+json", envelope_bytes=4096)
"""A permit has some 300 bytes."""
