"""Releases: a person asks for held jobs at a device, an agent prints each of them once."""

from collections.abc import Mapping, Sequence

from tympan_hub.domain.held import Changes
from tympan_hub.domain.ids import BatchId, JobId, PrinterId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.domain.releases import Batch, Preview, Progress
from tympan_hub.ports import Bearer, Clock, Secrets, Units, WakeUps
from tympan_hub.service.presence import PresenceService
from tympan_wire.hub import ReleaseAnswer, ReleaseAsked, Releases, ReleaseWords


class ReleaseService:
    """Releases of a tenant."""

    def __init__(
        self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps, presence: PresenceService
    ) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups
        self._presence = presence

    async def preview(
        self, tenant: TenantId, by: Person, point: PrinterId, jobs: Sequence[JobId]
    ) -> tuple[Preview, ...]:
        """How one's own held jobs would come out at a device; ``()`` for all of them."""
        raise NotImplementedError

    async def ask(
        self,
        tenant: TenantId,
        by: Person,
        point: PrinterId,
        jobs: Sequence[JobId],
        proof: str = "",
        changes: Mapping[JobId, Changes] | None = None,
    ) -> Batch:
        """Releases held jobs at a device, in this order.

        Args:
            tenant: Whose.
            by: Whose jobs.
            point: The release point.
            jobs: Which; ``()`` for all of theirs, in their order.
            proof: That they stand there: the code of the sticker or screen, or a ticket of `PointService.prove`.
            changes: Of the tickets, beside what was wished before.

        Raises:
            NotFound: There is no such release point, or a job is not theirs.
            NotAllowed: The proof does not do.
            TooMany: They guessed too often lately.
        """
        raise NotImplementedError

    async def progress(self, tenant: TenantId, by: Person, batch: BatchId) -> tuple[Progress, ...]:
        """How far the jobs of a batch are; raises ``NotFound`` for one that is not theirs."""
        raise NotImplementedError

    async def of(self, bearer: Bearer) -> Releases:
        """What this agent shall print, and takes with this answer."""
        raise NotImplementedError

    async def words(self, bearer: Bearer, words: ReleaseWords) -> None:
        """What this agent did with its orders."""
        raise NotImplementedError

    async def asked(self, bearer: Bearer, asked: ReleaseAsked) -> ReleaseAnswer:
        """A person at this agent's command line asks; the same checks as for `ask`."""
        raise NotImplementedError
