"""Pure rules: what the hub may say of its broker."""

from __future__ import annotations

import re

from tympan_transport_mqtt._limits import TOPIC_CHARS
from tympan_wire.hub import Broker, HubMessageError

_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_TOPIC = re.compile(rf"[^\x00-\x1f+#]{{1,{TOPIC_CHARS}}}")


def checked(broker: Broker) -> Broker:
    """A broker that can be one: a name or address, a port, and two topics that are no filters.

    Raises:
        HubMessageError: It cannot.
    """
    if not broker.host:
        return broker
    if _HOST.fullmatch(broker.host) is None or not 0 < broker.port < 1 << 16:
        raise HubMessageError("the broker's address is none")
    if not all(_TOPIC.fullmatch(topic) for topic in (broker.look, broker.ping)):
        raise HubMessageError("the broker's topics are none")
    return broker
