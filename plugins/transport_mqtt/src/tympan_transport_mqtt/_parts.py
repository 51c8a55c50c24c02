"""The plugin's parts: both hooks speak of the same notices."""

from __future__ import annotations

from tympan_transport_mqtt._examiner import MqttExaminer
from tympan_transport_mqtt._notices import MqttNotices
from tympan_transport_mqtt._service import MqttService
from tympan_transport_mqtt._standing import Standing

STANDING = Standing()
"""How it stands, for the examiner."""

EXAMINER = MqttExaminer(STANDING)
NOTICES = MqttNotices()
"""One for the process: the kernel asks for each port apart."""


def service() -> MqttService:
    """The service."""
    return MqttService(NOTICES, STANDING)
