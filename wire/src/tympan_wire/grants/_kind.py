"""What a grant is signed as: a type of its own, so neither a policy nor a permit of the same key passes for one."""

from typing import Final

from tympan_wire.dsse import Kind

GRANT: Final = Kind(payload_type="application/vnd.tympan.release-grant+json", envelope_bytes=8192)
"""A grant for three devices has some 600 bytes."""
