"""Forgetting what has run out: sessions, tokens, ids that can come no more, jobs that are kept no longer."""

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.agents import ENROLMENT_TOKEN_MOST, REPORT_IDS
from tympan_hub.domain.limits.attempts import ATTEMPTS_WINDOW
from tympan_hub.domain.limits.commands import COMMANDS_KEPT
from tympan_hub.domain.limits.notices import PRESENCE
from tympan_hub.domain.limits.people import INVITATION_KEPT
from tympan_hub.domain.limits.proximity import DOOR_TOLD
from tympan_hub.domain.limits.pull import HOLD_MOST, RELEASES_KEPT
from tympan_hub.domain.limits.requests import API_TOKEN_KEPT, REPEATS
from tympan_hub.domain.limits.scans import SCANS_KEPT
from tympan_hub.domain.limits.sessions import SESSION_IDLE
from tympan_hub.domain.limits.sign_ins import DEVICE_CODE, SIGN_INS
from tympan_hub.domain.limits.tunnel import CROSSINGS_KEPT
from tympan_hub.domain.limits.usage import USAGE_DAYS_KEPT, USAGE_KEPT
from tympan_hub.ports import Blobs, Clock, Units
from tympan_hub.service.audit import trim_old
from tympan_hub.service.keeping import erase_old
from tympan_hub.service.pulled import end_overdue
from tympan_hub.service.shares import end_gone
from tympan_hub.service.sightings import forget_devices
from tympan_hub.service.views import settle_silent


class Housekeeping:
    """Keeps tables small."""

    def __init__(self, units: Units, clock: Clock, blobs: Blobs) -> None:
        self._units = units
        self._clock = clock
        self._blobs = blobs

    async def tidy(self) -> None:
        """One round; each tenant in a unit of its own, so that nobody waits long."""
        async with self._units.reading() as unit:
            tenants = [SERVICE, *(tenant.id for tenant in await unit.directory.tenants())]
            now = self._clock.now()
            silent = await unit.processes.silent(SERVICE, now - PRESENCE)
        for tenant in tenants:
            async with self._units.writing() as unit:
                await unit.sessions.forget(tenant, now, now - SESSION_IDLE)
                await unit.half_sign_ins.forget(tenant, now)
                await unit.invitations.forget(tenant, now - INVITATION_KEPT)
                await unit.attempts.forget(tenant, now - ATTEMPTS_WINDOW)
                await unit.enrolments.forget(tenant, now - ENROLMENT_TOKEN_MOST)
                await unit.assertions.forget(tenant, now)
                await unit.departures.forget(tenant, now)
                await unit.commands.expire(tenant, now)
                await unit.commands.forget(tenant, now - COMMANDS_KEPT)
                await unit.scans.forget(tenant, now - SCANS_KEPT)
                await unit.repeats.forget(tenant, now - REPEATS)
                await unit.api_tokens.forget(tenant, now - API_TOKEN_KEPT)
                await unit.usage.forget(tenant, (now - USAGE_DAYS_KEPT).date(), (now - USAGE_KEPT).date())
                await unit.report_ids.forget(tenant, now - REPORT_IDS)
                await unit.device_codes.forget(tenant, now - DEVICE_CODE)
                await unit.sign_ins.forget(tenant, now - SIGN_INS)
                await unit.presences.forget(tenant, silent)
                await unit.releases.expire(tenant, now)
                await unit.releases.forget(tenant, now - RELEASES_KEPT)
                await unit.grants.forget(tenant, now - HOLD_MOST)
                await unit.near_doors.forget(tenant, now - DOOR_TOLD)
                await unit.crossings.forget(tenant, now - CROSSINGS_KEPT)
        for tenant in tenants[1:]:
            await erase_old(self._units, tenant, now)
            await trim_old(self._units, tenant, now)
            await settle_silent(self._units, tenant, now)
            await forget_devices(self._units, tenant, now)
            await end_overdue(self._units, self._blobs, tenant, now)
            await end_gone(self._units, tenant, now)
        async with self._units.writing() as unit:
            await unit.processes.forget(SERVICE, silent)
