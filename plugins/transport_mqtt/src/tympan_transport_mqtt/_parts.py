"""The plugin's parts: both hooks speak of the same notices."""

from __future__ import annotations

from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._service import MqttService

NOTICES = MqttNotices()
"""One for the process: the kernel asks for each port apart."""


def service() -> MqttService:
    """The service."""
    return MqttService(NOTICES)
