"""Who may convert next: so many at once, few of one tenant, and tenants by turns however much each of them brings.

- A place is held from the first byte of a document on, because what waits lies on the hub's disk.
- Tenants with something to do are served one after the other; within a tenant, who came first is first.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from tympan_hub.domain.errors import NoRoom
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.conversions import (
    CONVERSIONS_AT_ONCE,
    CONVERSIONS_PER_TENANT,
    WAIT_S,
    WAITING,
    WAITING_PER_TENANT,
)


class Turns:
    """Places and turns of one process.

    Args:
        at_once: Turns at once.
        per_tenant: Of one tenant.
        wait_s: Longest wait for one.
    """

    def __init__(
        self,
        at_once: int = CONVERSIONS_AT_ONCE,
        per_tenant: int = CONVERSIONS_PER_TENANT,
        wait_s: float = WAIT_S,
    ) -> None:
        self._at_once = at_once
        self._per_tenant = per_tenant
        self._wait_s = wait_s
        self._places: Counter[TenantId] = Counter()
        self._running: Counter[TenantId] = Counter()
        self._queues: OrderedDict[TenantId, deque[asyncio.Future[None]]] = OrderedDict()

    @contextmanager
    def place(self, tenant: TenantId) -> Iterator[None]:
        """A place for one document; raises ``NoRoom``."""
        if self._places[tenant] >= WAITING_PER_TENANT:
            raise _full("your organization has as many documents to convert as may wait at once")
        if self._places.total() >= WAITING:
            raise _full("as many documents wait to be converted as may")
        self._places[tenant] += 1
        try:
            yield
        finally:
            self._places[tenant] -= 1
            self._places += Counter()  # drops the zeros: tenants come and go

    @asynccontextmanager
    async def turn(self, tenant: TenantId) -> AsyncIterator[None]:
        """Waits for a turn, and holds it; raises ``NoRoom`` when none comes in time."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(tenant, deque()).append(mine)
        self._give()
        try:
            async with asyncio.timeout(self._wait_s):
                await mine
        except TimeoutError as error:
            self._leave(tenant, mine)
            raise _full(f"no converter became free within {self._wait_s:g} s") from error
        except BaseException:
            self._leave(tenant, mine)
            raise
        try:
            yield
        finally:
            self._end(tenant)

    def _give(self) -> None:
        """Gives turns while there are some: to the tenant who waits longest since its last one."""
        while self._running.total() < self._at_once:
            tenant = next((each for each in self._queues if self._running[each] < self._per_tenant), None)
            if tenant is None:
                return
            queue = self._queues.pop(tenant)
            first = queue.popleft()
            if queue:
                self._queues[tenant] = queue  # at the end again
            if first.done():  # its task was cancelled a moment ago
                continue
            self._running[tenant] += 1
            first.set_result(None)

    def _leave(self, tenant: TenantId, mine: "asyncio.Future[None]") -> None:
        """Somebody waits no more; a turn that came in the same moment goes on to the next."""
        if mine.done() and not mine.cancelled():
            self._end(tenant)
            return
        queue = self._queues.get(tenant, deque())
        with suppress(ValueError):
            queue.remove(mine)
        if not queue:
            self._queues.pop(tenant, None)

    def _end(self, tenant: TenantId) -> None:
        self._running[tenant] -= 1
        self._running += Counter()
        self._give()


def _full(cause: str) -> NoRoom:
    return NoRoom(cause, next_step="Try again in a minute.")
