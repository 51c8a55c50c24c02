"""Reports of agents: each taken once, a batch whole or not at all.

- A report's id is remembered; a repetition is acknowledged and changes nothing.
- A job's older revision never replaces a newer one. A job belongs to the agent that reported it first, until another
  one is given it: then it keeps its owner, and what the first one says of it is passed over.
- Of a job of the tunnel only the agent tells that has it: what its sender says later, and another one that was given it
  before, is acknowledged and passed over.
- A job older than its tenant keeps jobs is acknowledged and passed over.
- What is told of devices is taken after the rest and by itself: no job waits until it is a device's turn.
- What can never be taken is refused by its id, and the rest of the batch is taken.
- Whose rows are written is told by the access token alone; nothing in a report can name a tenant or an agent.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import attrs

from tympan_hub.domain.crossings import Crossing
from tympan_hub.domain.errors import BadInput, Unavailable
from tympan_hub.domain.ids import (
    AgentId,
    CommandId,
    JobId,
    PersonId,
    PrinterId,
    ScanPartId,
    TenantId,
    is_word,
)
from tympan_hub.domain.jobs import ENDED, Job, check_job
from tympan_hub.domain.keeping import Keeping
from tympan_hub.domain.printers import DeviceSeen
from tympan_hub.domain.sign_ins import SignIn, whose
from tympan_hub.domain.text import fit
from tympan_hub.domain.usage import Counted, KnownJob, counted
from tympan_hub.domain.webhooks import Happening
from tympan_hub.ports import Bearer, Blobs, Clock, Meter, Unit, Units, WakeUps
from tympan_hub.service.device_reports import DeviceReports
from tympan_hub.service.findings import cut_user, device_found, device_seen, job_of, queue_seen, scan_told, self_report
from tympan_hub.service.happenings import Told, announce, job_ended
from tympan_hub.service.keepers import Gone, forget
from tympan_hub.service.new_readers import NewReaders
from tympan_hub.service.pulled import moved_unseen, settle_pulled
from tympan_hub.service.tunnel_ends import Moved, follow
from tympan_hub.service.tunnel_reports import is_of_an_attempt_before, settle_crossings
from tympan_hub.service.views import turned_views
from tympan_wire.hub import (
    BATCH_REPORTS,
    AgentReport,
    CommandReport,
    DeviceReport,
    JobReport,
    Outcome,
    QueueReport,
    Receipt,
    Refused,
    Report,
    ReportBatch,
    ScanReport,
    SightingReport,
    SweepReport,
    UnknownFinding,
)


class ReportService:
    """Takes reports."""

    def __init__(
        self, units: Units, clock: Clock, meter: Meter, blobs: Blobs, wakeups: WakeUps, readers: NewReaders
    ) -> None:
        self._readers = readers
        self._wakeups = wakeups
        self._blobs = blobs
        self._units = units
        self._clock = clock
        self._meter = meter
        self._devices = DeviceReports(units)

    async def take(self, bearer: Bearer, batch: ReportBatch) -> Receipt:
        """Keeps a batch durably; raises ``BadInput`` for one that is too long."""
        if len(batch.reports) > BATCH_REPORTS:
            raise BadInput(f"a batch has at most {BATCH_REPORTS} reports")
        of_devices = [report for report in batch.reports if _is_of_devices(report)]
        others = tuple(report for report in batch.reports if not _is_of_devices(report))
        now = self._clock.now()
        async with self._units.writing(f"agent {bearer.agent}") as unit:
            taking = _Taking(unit, bearer, now)
            receipt = await taking.take(others)
            turned = any(isinstance(report.finding, AgentReport) for report in others) and await turned_views(
                unit, bearer.tenant, bearer.agent, now
            )
        await forget(self._units, self._blobs, self._wakeups, bearer.tenant, taking.left)
        await follow(self._units, self._blobs, self._wakeups, bearer.tenant, taking.moved)
        self._readers.see(bearer.tenant, taking.fresh)
        if of_devices or turned:
            receipt = await self._with_devices(bearer, receipt, of_devices, now)
        self._meter.reports(len(receipt.taken), len(receipt.refused))
        return receipt

    async def _with_devices(
        self, bearer: Bearer, receipt: Receipt, reports: Sequence[Report], now: dt.datetime
    ) -> Receipt:
        """What was taken stays so when devices cannot be now: they are told again then."""
        try:
            taken = await self._devices.take(bearer, reports, now)
        except Unavailable:
            if not receipt.taken and not receipt.refused:
                raise
            return receipt
        return attrs.evolve(receipt, taken=(*receipt.taken, *taken))


def _is_of_devices(report: Report) -> bool:
    return isinstance(report.finding, SightingReport | SweepReport)


@attrs.define
class _Taking:
    """One batch on its way into a unit of work."""

    _unit: Unit
    _bearer: Bearer
    _now: dt.datetime
    _jobs: dict[JobId, Job] = attrs.field(factory=dict, init=False)
    _kept: dict[JobId, tuple[AgentId | None, int]] = attrs.field(factory=dict, init=False)
    _told: list[Told] = attrs.field(factory=list, init=False)
    _devices: dict[PrinterId, DeviceSeen] = attrs.field(factory=dict, init=False)
    _counted: dict[JobId, Counted] = attrs.field(factory=dict, init=False)
    _printers: frozenset[PrinterId] = attrs.field(default=frozenset(), init=False)
    _keeping: Keeping | None = attrs.field(default=None, init=False)
    _sign_ins: dict[str, list[SignIn]] = attrs.field(factory=dict, init=False)
    _logins: Mapping[str, PersonId] = attrs.field(factory=dict, init=False)
    _known: Mapping[JobId, KnownJob] = attrs.field(factory=dict, init=False)
    _passed_on: frozenset[JobId] = attrs.field(default=frozenset(), init=False)
    _crossed: frozenset[JobId] = attrs.field(default=frozenset(), init=False)
    _begun: Mapping[JobId, Crossing] = attrs.field(factory=dict, init=False)
    _over: set[JobId] = attrs.field(factory=set, init=False)
    fresh: set[PrinterId] = attrs.field(factory=set, init=False)
    left: Gone = attrs.field(factory=Gone, init=False)
    moved: Moved = attrs.field(factory=Moved, init=False)

    async def take(self, reports: tuple[Report, ...]) -> Receipt:
        """Takes all that can be taken."""
        tenant, agent = self._bearer.tenant, self._bearer.agent
        # First: batches of one agent wait for each other here, whichever process has them, so no job is counted twice.
        await self._unit.agents.saw(tenant, agent, self._now)
        known = await self._unit.report_ids.known(tenant, agent, [report.id for report in reports])
        new = list({report.id: report for report in reports if report.id not in known}.values())
        await self._look(new)
        refused: dict[UUID, str] = {}
        for report in new:
            try:
                await self._one(report)
            except BadInput as error:
                refused[report.id] = error.sentence
        unseen = await moved_unseen(self._unit, tenant, self._jobs, self._known)
        await self._keep_jobs(tenant)
        self._told += [job_ended(job) for job in self._jobs.values() if job.ended_at is not None]
        self.left = await settle_pulled(self._unit, tenant, self._jobs, self._known, unseen, self._now)
        self.moved = await settle_crossings(self._unit, tenant, self._jobs, self._known, self._now)
        if self._over:
            await self._unit.passed_on.remove(tenant, agent, self._over)
        await announce(self._unit, tenant, self._now, self._told)
        await self._unit.report_ids.keep(tenant, agent, [r.id for r in new if r.id not in refused], self._now)
        return Receipt(
            taken=tuple(dict.fromkeys(report.id for report in reports if report.id not in refused)),
            refused=tuple(Refused(id=name, why=why) for name, why in refused.items()),
        )

    async def _keep_jobs(self, tenant: TenantId) -> None:
        """Keeps the jobs and corrects the sums by those that were kept: both, or with the unit neither.

        One that was given to another agent since it was read is that one's, and the sums wait for its word.
        """
        counts = {job.id: counted(job, self._now) for job in self._jobs.values()}
        added = {job: count for job, count in counts.items() if count}
        kept = await self._unit.jobs.put(tenant, list(self._jobs.values()), added)
        self._jobs = {name: job for name, job in self._jobs.items() if name in kept}
        removed = [-self._counted[job] for job in self._jobs if job in self._counted]
        await self._unit.usage.add(tenant, [*removed, *(added[job] for job in self._jobs if job in added)])

    async def _look(self, reports: list[Report]) -> None:
        """Reads once what the rules of all reports need."""
        jobs = [JobId(report.finding.job) for report in reports if isinstance(report.finding, JobReport)]
        if jobs:
            self._keeping = await self._unit.keepings.get(self._bearer.tenant)
            known = await self._unit.jobs.known(self._bearer.tenant, jobs)
            self._known, self._passed_on = known, frozenset(await self._unit.passed_on.at(*self._who))
            self._kept = {name: (job.agent, job.revision) for name, job in known.items()}
            others = [name for name, job in known.items() if job.agent != self._bearer.agent]
            self._crossed = await self._unit.crossings.crossed(self._bearer.tenant, others) if others else frozenset()
            given = [name for name, job in known.items() if job.given and job.agent == self._bearer.agent]
            self._begun = await self._unit.crossings.newest(self._bearer.tenant, given) if given else {}
            self._counted = {name: job.counted for name, job in known.items() if job.counted}
        users = {cut_user(report.finding.user) for report in reports if isinstance(report.finding, JobReport)}
        if users - {""}:
            await self._look_at_people(users - {""})
        if any(isinstance(report.finding, DeviceReport | QueueReport) for report in reports):
            self._printers = frozenset(printer.id for printer in await self._unit.printers.names(self._bearer.tenant))
        looked = {PrinterId(report.finding.printer) for report in reports if isinstance(report.finding, DeviceReport)}
        if looked:
            devices = await self._unit.printers.devices_at(self._bearer.tenant, self._bearer.agent, looked)
            self._devices = {seen.printer: seen for seen in devices}

    async def _look_at_people(self, users: set[str]) -> None:
        for one in await self._unit.sign_ins.of_users(self._bearer.tenant, self._bearer.agent, users):
            self._sign_ins.setdefault(one.user, []).append(one)
        self._logins = await self._unit.people.by_logins(self._bearer.tenant, users)

    async def _one(self, report: Report) -> None:
        tenant, agent = self._bearer.tenant, self._bearer.agent
        match report.finding:
            case JobReport() as finding:
                self._job(job_of(finding, self._bearer))
            case DeviceReport() as finding:
                seen = device_seen(finding, agent, self._printer(finding.printer))
                await self._unit.printers.saw_device(tenant, seen)
                self._device(seen)
            case QueueReport() as finding:
                queue = queue_seen(finding, agent, self._printer(finding.printer), report.at)
                await self._unit.printers.saw_queue(tenant, queue)
            case AgentReport() as finding:
                await self._unit.agents.describe(tenant, agent, self_report(finding, report.at))
            case CommandReport() as finding:
                await self._command(finding)
            case ScanReport() as finding:
                await self._scan(finding)
            case SightingReport() | SweepReport() | UnknownFinding():
                pass

    def _device(self, seen: DeviceSeen) -> None:
        """A device that goes away or comes back, as this agent sees it, is told; what it first sees is no change."""
        kept = self._devices.get(seen.printer)
        if kept is None:
            self.fresh.add(seen.printer)
        if kept is not None and kept.observed_at > seen.observed_at:
            return
        if kept is not None and kept.reachable is not seen.reachable:
            happening = Happening.DEVICE_BACK if seen.reachable else Happening.DEVICE_AWAY
            data = {"printer": seen.printer, "agent": seen.agent, "reason": seen.reason, "detail": seen.detail}
            self._told.append(Told(happening=happening, data=data))
        self._devices[seen.printer] = seen

    async def _command(self, report: CommandReport) -> None:
        known = await self._unit.commands.get(self._bearer.tenant, CommandId(report.command))
        if known is None or known.agent != self._bearer.agent:
            raise BadInput("the hub gave no such command")
        kept = known.answered(
            report.fence,
            done=report.outcome is Outcome.DONE,
            detail=fit(report.detail),
            found=device_found(report.device) if report.device else None,
            now=self._now,
        )
        if kept != known:
            await self._unit.commands.keep(self._bearer.tenant, kept)

    async def _scan(self, report: ScanReport) -> None:
        """How far this agent is; what an older report says, or one of a part that ended, changes nothing."""
        kept = await self._unit.scans.part(self._bearer.tenant, ScanPartId(report.scan))
        if kept is None or kept.agent != self._bearer.agent:
            raise BadInput("the hub ordered no such scan of this agent")
        told = scan_told(kept, report, self._now)
        if told != kept:
            await self._unit.scans.keep_part(self._bearer.tenant, told, kept)

    @property
    def _who(self) -> tuple[TenantId, AgentId]:
        return self._bearer.tenant, self._bearer.agent

    def _job(self, job: Job) -> None:
        check_job(job)
        if not is_word(job.printer):
            raise BadInput("the job's printer is no printer's id")
        if job.id in self._passed_on and not self._ends_here(job):
            return
        owner, revision = self._kept.get(job.id, (job.agent, -1))
        if owner != job.agent and job.id in self._crossed:
            return
        if owner != job.agent:
            raise BadInput("the job is another agent's")
        if is_of_an_attempt_before(self._begun.get(job.id), job):
            return
        keeping = self._keeping or Keeping(tenant=job.tenant)
        if job.revision > revision and not keeping.is_gone(job.created_at):
            title = "" if keeping.is_untitled(job.created_at) else job.title
            self._jobs[job.id] = attrs.evolve(self._owned(job), title=title)
            self._kept[job.id] = (job.agent, job.revision)

    def _ends_here(self, job: Job) -> bool:
        """A job that is over at this agent: its end is heard, and counts where nobody else was given the job."""
        if job.standing in ENDED:
            self._over.add(job.id)
        return job.standing in ENDED and self._kept.get(job.id, (job.agent, -1))[0] == job.agent

    def _owned(self, job: Job) -> Job:
        """With whose it is; one that was given to this agent stays whose it was, whatever accounts are called here."""
        known = self._known.get(job.id)
        if known is not None and known.given:
            return attrs.evolve(job, person=known.person, user=known.user, before=known.before)
        return attrs.evolve(job, person=self._owner(job))

    def _owner(self, job: Job) -> PersonId | None:
        """Who was signed in for the account, else whose account has this name everywhere."""
        return whose(tuple(self._sign_ins.get(job.user, ())), job.created_at) or self._logins.get(job.user)

    def _printer(self, name: str) -> PrinterId:
        if name not in self._printers:
            raise BadInput("there is no such printer")
        return PrinterId(name)
