"""One run of a plugin, from import to the end of its last task: services in one nursery, ready in time or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import trio

from tympan._errors import HookFault, PluginFault
from tympan._hooks import Offer
from tympan._host import Kernel, KernelHost, Readiness
from tympan._ids import CapabilityKey
from tympan._limits import Limits
from tympan._manifest import Manifest
from tympan._ports import Host, Service
from tympan._settings import PluginSettings


@attrs.define(eq=False)
class PluginRun:
    """One run.

    Attributes:
        on: Capabilities it runs with.
        settings: Those it was started with.
        scope: Around everything it does.
        offers: Its contributions to capabilities that are on.
        faults: What ended it.
        ready_at: When all its services were ready, in trio's time.
        settled: Whether its start was decided.
        ended: Set after its last task.
        stopping: Whether it is being stopped; what it says from now on changes nothing.
        note: What it says of itself, a sentence.
        goes_on: Whether it goes on with older settings because the new ones are wrong.
    """

    on: frozenset[CapabilityKey]
    settings: PluginSettings
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    offers: tuple[Offer, ...] = ()
    faults: list[BaseException] = attrs.field(factory=list)
    ready_at: float | None = None
    settled: bool = False
    ended: trio.Event = attrs.field(factory=trio.Event)
    stopping: bool = False
    note: str = ""
    goes_on: bool = False

    def chosen(self, manifest: Manifest, offers: Iterable[Offer]) -> tuple[Offer, ...]:
        """The offers that belong to capabilities that are on."""
        return tuple(offer for offer in offers if _switch(manifest, offer) in self.on)

    async def serve(self, kernel: Kernel, manifest: Manifest, limits: Limits, is_ready: Callable[[], None]) -> None:
        """Runs the services until cancelled, calling ``is_ready`` once all are; raises what one of them raises."""
        services = [offer for offer in self.offers if offer.kind is Service]
        readiness = Readiness(len(services))
        async with trio.open_nursery() as nursery:

            def start(name: str, service: Service, ready: Callable[[], None] = lambda: None) -> None:
                host = KernelHost(kernel, manifest, self.settings, start, ready)
                nursery.start_soon(_serve_one, service, host, name=f"{manifest.id} {name}")

            for offer in services:
                start(offer.contribution.name, _service(offer), readiness.one_of())
            with trio.move_on_after(limits.ready_s):
                await readiness.all_ready.wait()
            if not readiness.all_ready.is_set():
                raise PluginFault(f"it was not ready within {limits.ready_s:g} s")
            is_ready()
            await trio.sleep_forever()


async def _serve_one(service: Service, host: Host) -> None:
    await service.run(host)
    host.ready()  # one that returns has done what it was for


def _switch(manifest: Manifest, offer: Offer) -> CapabilityKey:
    key = offer.contribution.capability or manifest.capabilities[0].key
    if manifest.capability(key) is None:
        raise HookFault(f"its hook {offer.hook} names the capability {key}, which its manifest does not offer")
    return key


def _service(offer: Offer) -> Service:
    port = offer.contribution.port
    if not isinstance(port, Service):
        raise TypeError(f"{offer.contribution.name} is no service")
    return port
