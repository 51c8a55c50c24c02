"""Policy keys the kernel itself obeys; those of plugins stand in their manifests."""

from __future__ import annotations

from typing import Final

from tympan._ids import CapabilityKey
from tympan._manifest import CapabilitySpec
from tympan._policy import Verdict

REQUIRE_SIGN_IN: Final = CapabilitySpec(
    key=CapabilityKey("agent.require-sign-in"),
    summary="Print on and install the hub's printers only for people who are signed in",
    default=Verdict.ON,
    essential=True,
)
"""Essential: a policy that has expired must not open what it closed."""

KERNEL_KEYS: Final = (REQUIRE_SIGN_IN,)
"""All of them."""
