"""The plugin's part: discoverer and service are one."""

from __future__ import annotations

from tympan_discovery_wsd._service import WsdService
from tympan_net.device_look import look_at

SERVICE = WsdService(look_at)
"""One for the process: the kernel asks for each port apart."""
