"""What ``tympan doctor`` is told of the way through the broker: whether there is one, and whether it is alive."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from tympan.plugin import Examined, Health
from tympan_transport_mqtt._limits import DIAL_S, PROVE_S
from tympan_transport_mqtt._standing import Standing

_TOPIC = "mqtt"
_WITHOUT = "Nothing has to be done: notices come over HTTPS meanwhile. To hear of jobs sooner, "


class MqttExaminer:
    """``Examiner`` of the way through the broker. It is never required, so nothing here is a problem."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    async def examine(self) -> Sequence[Examined]:
        """An echo through broker and hub where the way is open; else why it is not."""
        standing = self._standing
        if not standing.hub:
            await trio.lowlevel.checkpoint()
            return [_note("there is no hub whose broker could be asked", "")]
        if standing.asked and not standing.place:
            await trio.lowlevel.checkpoint()
            found = "the hub names no broker: notices come over HTTPS alone"
            return [Examined(topic=_TOPIC, health=Health.OK, found=found)]
        if standing.open and await standing.prove(PROVE_S):
            found = f"the hub's echo came through the broker at {standing.place} in {standing.took_s * 1000:.0f} ms"
            return [Examined(topic=_TOPIC, health=Health.OK, found=found)]
        if not standing.place:
            await trio.lowlevel.checkpoint()
            return [_note(standing.trouble or "the hub was not asked for its broker yet", "Look again in a minute.")]
        return [await self._closed(standing.place)]

    async def _closed(self, place: str) -> Examined:
        """Who does not answer by TCP is shut out on the way; who does, refuses or is no broker."""
        host, _, port = place.rpartition(":")
        why = self._standing.trouble or f"nothing came back through the broker at {place}"
        try:
            with trio.fail_after(DIAL_S):
                stream = await trio.open_tcp_stream(host, int(port))
            await trio.aclose_forcefully(stream)
        except (OSError, trio.TooSlowError):
            return _note(why, f"{_WITHOUT}let this computer reach {host} on TCP {port}: a firewall is in the way.")
        return _note(why, f"{_WITHOUT}look at the log of that broker: it answers, and carries nothing.")


def _note(found: str, then: str) -> Examined:
    return Examined(topic=_TOPIC, health=Health.NOTE, found=found, then=then)
