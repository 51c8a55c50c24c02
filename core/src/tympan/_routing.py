"""Which route takes a job: the one that began with it, or else the first to claim it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tympan._admission import ask
from tympan._ids import PluginId
from tympan._limits import Limits
from tympan._ports import Claimed, Deferred, LostTrack, NotMine, Route
from tympan._values import Job, Printer

if TYPE_CHECKING:
    from tympan._dispatch import Ports


@attrs.frozen
class Chosen:
    """The route that takes a job.

    Attributes:
        owner: Whose it is.
        route: What takes it.
        note: Why it does, in its own words; "" for one that began with it before.
    """

    owner: PluginId
    route: Route
    note: str = ""


class Routing:
    """Finds routes for the dispatcher.

    Attributes:
        plugins_tried: Whether plugins had their chance to start.
    """

    def __init__(self, ports: Ports, limits: Limits) -> None:
        self._ports = ports
        self._limits = limits
        self.plugins_tried = False

    async def find(self, job: Job, printer: Printer) -> Chosen | Deferred | LostTrack:
        """The route that takes a job; or why there is none."""
        routes = self._ports.owned(Route)
        if job.evidence and job.claim is not None:
            mine = [Chosen(owner, route) for owner, route in routes if owner == job.claim.route]
            return mine[0] if mine else self._without_its_route(job, job.claim.route)
        refusals = []
        for owner, route in routes:
            answer = await ask(self._ports, self._limits, owner, "claim", route.claim, job, printer)
            if isinstance(answer, Claimed) and self._still_offered(route):
                return Chosen(owner, route, answer.note)
            refusals.append(f"{owner}: {_refusal(answer)}")
        return Deferred(reason="resources-are-not-ready", detail="; ".join(refusals) or self._no_route())

    def _still_offered(self, route: Route) -> bool:
        # Asking took time: a plugin stopped meanwhile would deliver after it handed its jobs back.
        return any(offered is route for _, offered in self._ports.owned(Route))

    def _without_its_route(self, job: Job, owner: PluginId) -> Deferred | LostTrack:
        began = f"{owner} began to deliver it and is not running"
        if job.cancel_requested and not self._ports.expected(owner):
            return LostTrack(detail=f"{began}, so its device cannot be told to stop")
        return Deferred(reason="resources-are-not-ready", detail=f"{began}; only it can tell what the device has")

    def _no_route(self) -> str:
        if not self.plugins_tried:
            return "plugins are being started"
        return "no plugin that delivers jobs is running; see 'tympan plugins'"


def _refusal(answer: Claimed | NotMine | None) -> str:
    if isinstance(answer, NotMine):
        return answer.reason
    return "was stopped" if isinstance(answer, Claimed) else "failed"
