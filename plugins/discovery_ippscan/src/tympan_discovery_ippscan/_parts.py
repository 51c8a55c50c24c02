"""The plugin's parts: the ports and the service speak of the same scans."""

from __future__ import annotations

from tympan_discovery_ippscan._scans import Scans
from tympan_discovery_ippscan._service import ScanService
from tympan_net.device_look import look_at

SCANS = Scans()
SERVICE = ScanService(SCANS, look_at)
"""One for the process: the kernel asks for each port apart."""
