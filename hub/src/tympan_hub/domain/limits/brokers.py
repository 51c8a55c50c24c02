"""Numbers of the broker, through which notices also reach agents."""

import datetime as dt
from typing import Final

MQTT_PORT: Final = 8883
"""Registered for MQTT over TLS (IANA: secure-mqtt)."""

HUB_PLACES: Final = 256
"""Names of the hub at its broker: each process takes one at random, and another when somebody else has it."""

BROKER_QUEUE: Final = 20_000
"""Messages waiting for the broker in one process: a notice for 5,000 agents, some times over; the rest is lost."""

BROKER_ARRIVALS: Final = 2_000
"""Pings waiting in one process, and agents looked up at once for theirs; more are not answered, and come back."""

PINGS: Final = 60
"""Pings of one agent that are answered within `PINGS_S`; a real one sends two a minute."""

PINGS_S: Final = 10.0
"""Seconds over which they are counted."""

PINGS_AT_ONCE: Final = 64
"""Pings that are looked into at once: each may ask the database whose agent it is."""

BROKER_AGAIN_S: Final = (0.5, 30.0)
"""Seconds of the first and of the longest wait before a broker that does not answer is asked again."""

KNOWN_AGENTS: Final = 200_000
"""Agents at the broker whose tenants one process remembers."""

KNOWN_S: Final = 60.0
"""Seconds for which it believes that an agent is not revoked; when this process hears of its end, no longer."""

BROKER_CERTIFICATE: Final = dt.timedelta(days=365)
"""The broker's certificate, when the hub makes it."""

HUB_CERTIFICATE: Final = dt.timedelta(days=30)
"""The hub's own at the broker: made anew with every connection, whose key is nowhere but in memory."""

AUTHORITY_CERTIFICATE: Final = dt.timedelta(days=3650)
"""The authority's own, and its list of revoked ones: who runs a broker is never locked out by a date."""
