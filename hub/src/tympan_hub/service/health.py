"""Whether the hub can do its work, and how far it is behind."""

from collections.abc import Callable, Iterable, Mapping

from tympan_hub.ports import Levels, Pool, Probe
from tympan_hub.ports.publisher import Publisher
from tympan_hub.service.deliveries import DeliveryService
from tympan_hub.service.failover import Failover
from tympan_hub.service.notices import NoticeService


class HealthService:
    """Looks at what the hub stands on."""

    def __init__(
        self,
        probes: Iterable[Probe],
        pools: Callable[[], tuple[Pool, ...]],
        notices: NoticeService,
        deliveries: DeliveryService,
        failover: Failover,
        publisher: Publisher | None,
    ) -> None:
        self._failover = failover
        self._probes = tuple(probes)
        self._pools = pools
        self._notices = notices
        self._deliveries = deliveries
        self._publisher = publisher

    async def problems(self) -> Mapping[str, str]:
        """What is wrong with each thing that was looked at; "" where all is well."""
        return {probe.name: await probe.problem() for probe in self._probes}

    async def levels(self) -> Levels:
        """What is looked at when somebody asks, and not counted."""
        waiting, lag = await self._deliveries.backlog()
        return Levels(
            agents=self._notices.count,
            waiting=waiting,
            lag_s=max(0.0, lag.total_seconds()),
            pools=self._pools(),
            tunnel=await self._failover.levels(),
            broker=self._publisher is not None and self._publisher.connected,
        )
