"""Numbers of the way through a broker, each with unit and reason."""

from __future__ import annotations

from typing import Final

CONNECT_S: Final = 30.0
"""For name, TCP, TLS and the broker's CONNACK and SUBACK: a firewall that swallows port 8883 shows within this."""

PROVE_S: Final = 5.0
"""For an echo that a person waits for."""

DIAL_S: Final = 5.0
"""For TCP to the broker when a person wants to know what is in the way."""

KEEP_ALIVE_S: Final = 60
"""After which a broker asks whether this agent is there (MQTT 5 section 3.1.2.10); the echo finds out sooner."""

TEND_S: Final = 5.0
"""Between two looks at the keep-alive."""

PACKET_BYTES: Final = 64 * 1024
"""What the broker may send at once (MQTT 5 section 3.1.2.11.4); the longest notice has 200 bytes."""

TOPIC_CHARS: Final = 200
"""Of a topic; ours have 50."""

LISTENERS: Final = 16
"""Who may listen to notices at once: one plugin does."""

PENDING: Final = 16
"""Notices waiting for one listener; more say nothing new."""

BROKER_S: Final = 600.0
"""How long the hub's word on its broker is taken while that broker cannot be reached."""

PINGS: Final = 5
"""Pings within the time an echo may take: one that is lost proves nothing."""

NO_BROKER_S: Final = 3600.0
"""Between two questions to a hub that has no broker."""
