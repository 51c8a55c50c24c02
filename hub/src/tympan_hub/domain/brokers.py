"""The broker through which notices also reach agents, and who speaks where on it.

An agent's id is its name there, proved by its certificate. It hears on one topic and pings on another, both its own:
the broker lets nobody else in, and the hub takes the topic's word for who pings, never a message's.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, is_id
from tympan_hub.domain.limits.brokers import HUB_PLACES, MQTT_PORT

_ROOT: Final = "tympan"
PINGS_SHARED: Final = f"$share/{_ROOT}-hub/{_ROOT}/+/ping"
"""What the hub's processes hear: each ping is one process's alone (MQTT 5 section 4.8.2)."""
HUB_NAMES: Final = tuple(f"hub-{place:02x}" for place in range(HUB_PLACES))
"""Of the hub at its broker; no agent's id is among them."""
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


@frozen(kw_only=True)
class BrokerPlace:
    """Where the broker is.

    Attributes:
        host: A name or an address, as its certificate shows it.
        port: TCP, MQTT 5 over TLS.
        authority: PEM of who signed that certificate; "" for this hub itself.
    """

    host: str
    port: int = MQTT_PORT
    authority: str = ""


def broker_place(address: str, authority: str = "") -> BrokerPlace:
    """The place an address such as ``mqtts://broker.example:8883`` names; raises ``BadInput``."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", MQTT_PORT if parts.port is None else parts.port
    except ValueError as error:
        raise _no_broker(address) from error
    odd = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme != "mqtts" or odd or not is_host(host) or not port:
        raise _no_broker(address)
    return BrokerPlace(host=host, port=port, authority=authority)


def is_host(text: str) -> bool:
    """Whether a text can be a host's name or address."""
    return _NAME.fullmatch(text) is not None


def look_topic(agent: AgentId) -> str:
    """Where an agent hears."""
    return f"{_ROOT}/{agent}/look"


def ping_topic(agent: AgentId) -> str:
    """Where an agent pings."""
    return f"{_ROOT}/{agent}/ping"


def pinging(topic: str) -> AgentId | None:
    """Which agent's ping topic it is; None for any other."""
    root, _, rest = topic.partition("/")
    agent, _, what = rest.partition("/")
    return AgentId(agent) if root == _ROOT and what == "ping" and is_id(agent) else None


def _no_broker(address: str) -> BadInput:
    cause = f"{address!r:.200} is no address of a broker"
    return BadInput(cause, next_step="Give one such as mqtts://broker.example.org:8883.")
