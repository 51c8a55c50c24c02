"""A tenant with one of everything: a row in every table, and what each argument of a port's method is of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs
from hub_rig import BIRTH, PASSWORD, Bench, job_report, report

from tympan_hub.domain.agents import Agent, AgentFilter, EnrolmentFilter, EnrolmentToken, SelfReport
from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.arrivals import Identity, Vouched
from tympan_hub.domain.audit import Entry
from tympan_hub.domain.badges import Badge
from tympan_hub.domain.commands import Command
from tympan_hub.domain.crossings import Crossing, CrossingEnvelope, CrossingState
from tympan_hub.domain.device_codes import DeviceCode
from tympan_hub.domain.devices import Change, Device, DeviceFilter, Difference, Intake
from tympan_hub.domain.grants import Grant
from tympan_hub.domain.groups import Group
from tympan_hub.domain.held import Changes, HeldWish
from tympan_hub.domain.ids import (
    AgentId,
    ApiTokenId,
    BatchId,
    CapabilityKey,
    CommandId,
    CrossingId,
    DeliveryId,
    DeviceId,
    GrantId,
    GroupId,
    InvitationId,
    JobId,
    MailAddressId,
    PersonId,
    PrinterId,
    ProcessId,
    ProviderId,
    ReleaseId,
    ScanId,
    ScanPartId,
    ShareId,
    SignInId,
    StationId,
    TenantId,
    TokenHash,
    UploadId,
    WebhookId,
    hash_of,
)
from tympan_hub.domain.invitations import Ending, Invitation
from tympan_hub.domain.jobs import Job, JobFilter, Owner, Standing, StoryLine
from tympan_hub.domain.keeping import Keeping
from tympan_hub.domain.key_book import KeyEntry
from tympan_hub.domain.mail_addresses import MailAddress
from tympan_hub.domain.mirrors import Envelope, Mirror
from tympan_hub.domain.people import CONSOLE, Person, PersonFilter, Role
from tympan_hub.domain.policy import AgentPolicy, Edition, Verdict
from tympan_hub.domain.printers import DeviceSeen, Printer, QueueSeen
from tympan_hub.domain.providers import Provider
from tympan_hub.domain.proximity import new_code
from tympan_hub.domain.ranges import Span, span_of
from tympan_hub.domain.reaches import ReachFilter
from tympan_hub.domain.release_points import ReleasePoint
from tympan_hub.domain.releases import Release, ReleaseState
from tympan_hub.domain.repeats import Repeat
from tympan_hub.domain.scans import Scan, ScanPart
from tympan_hub.domain.second_factor import HalfSignedIn, SecondFactor
from tympan_hub.domain.sessions import OpenSession, Visitor
from tympan_hub.domain.shares import DefaultSet, Queue, SharedQueue, SharingRules
from tympan_hub.domain.sightings import Name, Pause, Sighting, Sweep, Trace
from tympan_hub.domain.sign_ins import SignIn
from tympan_hub.domain.stations import Station
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Installed, Step, Stop, Toll, Update, UpdateRules
from tympan_hub.domain.uploads import Part, Upload, Uploader
from tympan_hub.domain.usage import By, Counted, Tally, UsageFilter
from tympan_hub.domain.webhooks import CHOSEN, Delivery, Webhook
from tympan_hub.ports import Bearer
from tympan_hub.service.findings import job_of
from tympan_hub.service.scan_orders import ScanOrder
from tympan_wire.device import Description
from tympan_wire.hub import (
    AgentReport,
    DeviceReport,
    JobStanding,
    PluginStanding,
    QueueReport,
    SightingReport,
    SignInCodeRequest,
    SignInQuestion,
    SweepReport,
    UploadRequest,
)

LATER = BIRTH + dt.timedelta(days=3650)
PROCESS = ProcessId("0" * 32)
SIGHT = SightingReport(
    method="bonjour",
    key="front",
    seen_at=BIRTH,
    uri="ipp://192.0.2.9/ipp/print",
    host="front.local",
    addresses=("192.0.2.9",),
    mac="00:00:5e:00:53:01",
    fingerprint="a" * 64,
    description=Description(uuid="5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01", name="Front", formats=("image/urf",)),
)
ELSEWHERE = attrs.evolve(SIGHT, key="moved", addresses=("192.0.2.10",), host="moved.local", mac="")
COUNTED = Counted(day=BIRTH.date(), printer="lobby", tally=Tally(jobs=1))


@attrs.frozen
class Estate:
    """A tenant that has one of everything, and what each argument of a port's method is of it."""

    tenant: TenantId
    by_type: dict[Any, Any]
    by_name: dict[str, Any]

    def argument(self, parameter: inspect.Parameter, hint: Any) -> Any:
        """What an intruder who knows all about this tenant would give."""
        if not attrs.has(hint) and parameter.name in self.by_name:
            return self.by_name[parameter.name]
        return self.by_type[hint]


async def _pulled(
    hub: Bench, tenant: TenantId, by: Person, agent: AgentId, upload: UploadId, printer: PrinterId
) -> dict[Any, Any]:
    """A held job with all that there may be of one, and a release point with a station beside it."""
    job = JobId(uuid.uuid4())
    finding = job_report(job, printer="pull", user=by.login, standing=JobStanding.HELD, ended_at=None, held_until=LATER)
    told = job_of(finding, Bearer(tenant=tenant, agent=agent))
    point = ReleasePoint(
        tenant=tenant, printer=printer, code=new_code(), secret=b"s", kiosk=hash_of("kiosk"), created_at=BIRTH
    )
    station = Station(id=StationId("5" * 32), tenant=tenant, name="Badge", points=(printer,), created_at=BIRTH)
    wish = HeldWish(tenant=tenant, job=job, rank=1, changes=Changes(copies=2))
    release = Release(
        id=ReleaseId(uuid.uuid4()),
        tenant=tenant,
        batch=BatchId("6" * 32),
        place=0,
        job=job,
        agent=agent,
        point=printer,
        person=by.id,
        by_name=by.name,
        asked_at=BIRTH,
        expires_at=LATER + dt.timedelta(1),
    )
    mirror = Mirror(tenant=tenant, job=job, agent=agent, upload=upload, size=3, note="", at=BIRTH)
    envelope = Envelope(job=job, agent=agent, envelope="e")
    grant = Grant(
        id=GrantId(uuid.uuid4()),
        tenant=tenant,
        job=job,
        agent=agent,
        person=by.id,
        expires_at=LATER + dt.timedelta(1),
    )
    async with hub.units.writing() as unit:
        await unit.jobs.put(tenant, [attrs.evolve(told, person=by.id)], {})
        await unit.release_points.put(tenant, point)
        await unit.stations.add(tenant, station, hash_of("station"))
        await unit.held_wishes.put(tenant, [wish])
        await unit.releases.add(tenant, [release])
        await unit.passed_on.add(tenant, agent, job, BIRTH)
        await unit.mirrors.put(tenant, mirror, [envelope])
        await unit.mirrors.choose(tenant, job, [agent])
        await unit.grants.add(tenant, [grant])
        await unit.near_doors.put(tenant, agent, ("http://192.168.2.7:39151",), BIRTH)
    line = StoryLine(at=BIRTH, what="forged", standing=Standing.CANCELED)
    return {
        JobId: job,
        Collection[JobId]: [job],
        ReleasePoint: point,
        StationId: station.id,
        Station: station,
        Collection[HeldWish]: [attrs.evolve(wish, rank=9)],
        ReleaseId: release.id,
        Collection[ReleaseId]: [release.id],
        Release: attrs.evolve(release, state=ReleaseState.BEGUN),
        Collection[Release]: [attrs.evolve(release, id=ReleaseId(uuid.uuid4()))],
        Collection[BatchId]: [release.batch],
        Mirror: mirror,
        Collection[Envelope]: [envelope],
        GrantId: grant.id,
        Collection[Grant]: [attrs.evolve(grant, id=GrantId(uuid.uuid4()))],
        Collection[GrantId]: [grant.id],
        StoryLine: line,
        tuple[str, ...]: ("forged",),
        tuple[StoryLine, ...]: (line,),
    }


async def _sent(
    hub: Bench, tenant: TenantId, agent: AgentId, upload: UploadId, printer: PrinterId, waits: JobId, begun: JobId
) -> dict[Any, Any]:
    """A job in the tunnel that waits, and one that an agent began."""
    waiting = Crossing(
        id=CrossingId(uuid.uuid4()),
        tenant=tenant,
        job=waits,
        printer=printer,
        sender=agent,
        upload=upload,
        size=3,
        note="",
        offered_at=BIRTH,
        expires_at=LATER,
        free_at=BIRTH,
    )
    gone_on = attrs.evolve(
        waiting,
        id=CrossingId(uuid.uuid4()),
        job=begun,
        fence=1,
        state=CrossingState.BEGUN,
        holder=agent,
        begun_at=BIRTH,
    )
    envelope = CrossingEnvelope(agent=agent, recipient="r", envelope="e")
    async with hub.units.writing() as unit:
        for crossing in (waiting, gone_on):
            await unit.crossings.add(tenant, crossing)
        await unit.crossings.seal(tenant, waiting.id, [envelope])
    return {
        CrossingId: waiting.id,
        Collection[CrossingId]: [waiting.id],
        Crossing: attrs.evolve(waiting, fence=9),
        Collection[CrossingEnvelope]: [attrs.evolve(envelope, envelope="forged")],
    }


async def new_estate(hub: Bench) -> Estate:
    """A tenant of that kind."""
    tenant = await hub.tenant("Acme")
    admin = await hub.person(tenant)
    entered = await hub.enter(admin.email, PASSWORD, source="x")
    secret, session = entered.secret, entered.session
    agent = await hub.agent(tenant)
    unused = await hub.services.agents.make_token(tenant, CONSOLE)
    api_secret, _ = await hub.services.api_tokens.make(
        tenant, admin.actor, name="reports", role=Role.OPERATOR, validity=dt.timedelta(days=1)
    )
    printer = await hub.services.printers.add(tenant, admin.actor, name="Lobby", uri="ipp://p.example/ipp")
    await hub.services.assignments.give_person(tenant, admin.actor, printer.id, admin.id)
    sent = report(job_report(user="administrator"))
    seen = DeviceReport(printer=printer.id, reachable=True, observed_at=BIRTH)
    await agent.report(sent, report(seen), report(QueueReport(printer=printer.id, installed=True)))
    await agent.report(report(SIGHT), report(SweepReport(method="bonjour", at=BIRTH, in_view=1)))
    await agent.report(report(attrs.evolve(SIGHT, fingerprint="b" * 64)), report(attrs.evolve(SIGHT, key="")))
    await agent.report(report(ELSEWHERE))
    counting = PluginStanding(id="stats", status="running", capabilities=("document.stats",), used_at=LATER)
    scanning = PluginStanding(id="scan", status="running", capabilities=("discovery.ippscan",))
    await agent.report(report(AgentReport(release="1", plugins=(counting, scanning), networks=("10.1.0.0/24",))))
    scan = await hub.services.scans.order(
        tenant, admin.actor, ScanOrder(targets="10.1.0.0/24", agents=(AgentId(agent.id),))
    )
    shown = await hub.services.device_codes.begin_sign_in(
        Bearer(tenant=tenant, agent=AgentId(agent.id)), SignInCodeRequest(user="ben"), source="x"
    )
    typed = shown.code.user_code
    await hub.services.device_codes.approve(tenant, admin, typed, source="x")
    await hub.services.sign_ins.ask(
        Bearer(tenant=tenant, agent=AgentId(agent.id)),
        SignInQuestion(device_code=shown.secret, refresh_token="r" * 43),
    )
    uploading = Bearer(tenant=tenant, agent=AgentId(agent.id))
    wanted = UploadRequest(name="job/1", size=3, part_bytes=1 << 16, user="ben")
    begun = await hub.services.uploads.begin(uploading.uploader, wanted)
    await hub.services.uploads.put(uploading.uploader, begun.upload, 0, b"abc", hashlib.sha256(b"abc").hexdigest())
    badge = await hub.services.badges.add(tenant, admin, admin.id, "04a24b91")
    group = await hub.services.groups.add(tenant, admin.actor, name="Post")
    await hub.services.groups.join(tenant, admin.actor, group.id, admin.id)
    await hub.services.assignments.give_group(tenant, admin.actor, printer.id, group.id)
    asked = await hub.services.queues.install(tenant, admin.actor, printer.id, AgentId(agent.id))
    factor = SecondFactor(person=admin.id, sealed=b"sealed")
    half = HalfSignedIn(hash=hash_of("half"), person=admin, visitor=Visitor(), expires_at=BIRTH)
    invited, invitation = await hub.services.invitations.make(
        tenant, admin.actor, email="new@acme.example", role=Role.USER
    )
    await hub.services.policy.switch(tenant, admin.actor, "document.stats", Verdict.OFF)
    hook = await hub.services.webhooks.add(
        tenant, admin.actor, name="ours", url="https://x.example/", happenings=CHOSEN
    )
    tried = await hub.services.webhooks.test(tenant, admin.actor, hook.webhook.id)
    await hub.services.keeping.change(tenant, admin.actor, jobs_days=300, titles_days=30)
    await hub.services.groups.join_agent(tenant, admin.actor, group.id, AgentId(agent.id))
    await hub.services.policy.switch(tenant, admin.actor, "spool.cups", Verdict.OFF, group=group.id)
    await agent.desired()
    await agent.rekey(b"a key", proof="")
    mail = MailAddress(
        id=MailAddressId(uuid.uuid4()),
        tenant=tenant,
        person=admin.id,
        hash=hash_of("mail"),
        shown="mail",
        printer=printer.id,
        made_at=BIRTH,
    )
    async with hub.units.writing() as unit:
        await unit.mail_addresses.put(tenant, mail)
        await unit.second_factors.put(tenant, factor)
        await unit.second_factors.keep_codes(tenant, admin.id, [hash_of("recovery")])
        await unit.half_sign_ins.add(tenant, half)
        await unit.attempts.add(tenant, "person x", BIRTH)
        job = await unit.jobs.get(tenant, JobId(sent.finding.job))  # type: ignore[union-attr]
        edition, entry = await unit.policies.current(tenant), await unit.audit.last(tenant)
        api_token = await unit.api_tokens.by_hash(tenant, hash_of(api_secret))
        assert api_token
        repeat = Repeat(tenant=tenant, token=api_token.id, key=hash_of("k"), asked=hash_of("what"), begun_at=BIRTH)
        await unit.repeats.begin(tenant, repeat)
        token = await unit.enrolments.get(tenant, hash_of(unused))
        upload = await unit.uploads.get(tenant, UploadId(begun.upload))
        known = await unit.agents.get(tenant, AgentId(agent.id))
        key_entry = await unit.key_book.newest(tenant)
        assert key_entry
        agent_policy = await unit.agent_policies.get(tenant, AgentId(agent.id))
        assert agent_policy
        [part] = await unit.scans.parts(tenant, scan.id)
        code = await unit.device_codes.get(tenant, shown.code.hash)
        [present] = await unit.sign_ins.present(tenant, AgentId(agent.id), BIRTH)
        device = (await unit.printers.devices(tenant, printer.id, 9))[0]
        queue = (await unit.printers.queues(tenant, printer.id, 9))[0]
        both = await unit.devices.find(tenant, DeviceFilter())
        [found] = [device for device in both if device.host_name == SIGHT.host]
        [sighting] = await unit.sightings.of(tenant, found.id, 9)
        [change, *_] = await unit.device_changes.of(tenant, found.id, 9)
        [sweep] = await unit.sweeps.of_agents(tenant, [AgentId(agent.id)])
        intake = await unit.intakes.get(tenant, AgentId(agent.id), BIRTH.date())
        linked = attrs.evolve(
            printer,
            id=PrinterId("made"),
            name="Made",
            device=found.id,
            tunnel=TunnelChoice(use=TunnelUse.ALWAYS),
        )
        await unit.printers.add(tenant, linked)
        await unit.serving.keep(tenant, printer.id, 1, BIRTH)
        await unit.tunnel_limits.keep(tenant, TunnelLimits(jobs_most=7))
        shared = _shared(tenant, AgentId(agent.id), "here", printer.id)
        await unit.shares.keep(tenant, attrs.evolve(shared, waits=True))
        gone = _shared(tenant, AgentId(agent.id), "gone", linked.id)
        await unit.shares.keep(tenant, attrs.evolve(gone, gone_at=BIRTH))
        await unit.shares.keep_rules(tenant, SharingRules(allow=("Laser*",)))
        await unit.updates.keep_floor(tenant, UpdateFloor(latest="2.0.0"))
        await unit.updates.keep_rules(tenant, UpdateRules(canary=(group.id,)))
        has = Installed(agent=AgentId(agent.id), installed="2.0.0", plugins={}, healthy=False, heard_at=BIRTH)
        await unit.updates.keep_installed(tenant, has)
        update = Update(
            agent=AgentId(agent.id), subject="7", version="2.0.0", step=Step.SWITCHED, at=BIRTH, told_at=BIRTH
        )
        await unit.updates.keep(tenant, AgentId(agent.id), [update])
        stop = Stop(tenant=tenant, subject="7", version="2.0.0", at=BIRTH, toll=Toll(taken=1, failing=1))
        await unit.updates.keep_stop(tenant, stop)
    assert job
    pulled = await _pulled(hub, tenant, admin, AgentId(agent.id), UploadId(begun.upload), printer.id)
    crossing = await _sent(
        hub, tenant, AgentId(agent.id), UploadId(begun.upload), printer.id, waits=job.id, begun=pulled[JobId]
    )
    provider = Provider(
        id=ProviderId("contoso"),
        tenant=tenant,
        name="Contoso",
        issuer="https://login.example",
        client_id="tympan",
        domains=("contoso.example",),
        created_at=BIRTH,
    )
    identity = Identity(
        tenant=tenant,
        issuer=provider.issuer,
        subject="7",
        person=admin.id,
        own_role=admin.role,
        given_role=admin.role,
        linked_at=BIRTH,
        seen_at=BIRTH,
    )
    vouched = Vouched(
        session=hash_of(secret),
        whose=tenant,
        provider=provider.id,
        issuer=provider.issuer,
        subject="7",
        tokens=b"sealed",
        due_at=BIRTH,
        confirmed_at=BIRTH,
    )
    async with hub.units.writing() as unit:
        await unit.providers.add(tenant, provider, b"sealed")
        await unit.identities.put(tenant, identity)
        await unit.vouchings.add(tenant, vouched)
        await unit.departures.spend(tenant, hash_of("state"), BIRTH)
        await unit.processes.beat(tenant, PROCESS, BIRTH)
        await unit.presences.add(tenant, PROCESS, [AgentId(agent.id)])
    return Estate(
        tenant,
        {
            PersonId: admin.id,
            Badge: attrs.evolve(badge, shown="forged"),
            MailAddress: attrs.evolve(mail, shown="fake"),
            AgentId: AgentId(agent.id),
            PrinterId: printer.id,
            DeviceId: found.id,
            Collection[DeviceId]: [found.id],
            Collection[Device]: [found],
            DeviceFilter: DeviceFilter(),
            tuple[str, DeviceId] | None: None,
            Mapping[DeviceId, DeviceId]: {found.id: found.id},
            Collection[Change]: [attrs.evolve(change, differences=(Difference(field="forged"),))],
            Collection[Name]: [sighting.trace.name],
            Collection[Trace]: [attrs.evolve(sighting.trace, uuid_shared=True)],
            Collection[Sighting]: [attrs.evolve(sighting, uri="ipp://forged.example/")],
            Mapping[Name, dt.datetime]: {sighting.trace.name: LATER},
            Mapping[Name, str]: {sighting.trace.name: "forged"},
            Pause: Pause.AWAY,
            Sweep: attrs.evolve(sweep, at=BIRTH - dt.timedelta(1)),
            Intake: intake,
            SignInId: present.sign_in.id,
            SignIn: present.sign_in,
            DeviceCode: code,
            Owner | None: None,
            Collection[str]: ["ben", admin.login],
            JobId: job.id,
            CommandId: asked.id,
            Command: asked,
            Collection[PersonId]: [admin.id],
            Collection[GroupId]: [group.id],
            Collection[PrinterId]: [printer.id],
            frozenset[PrinterId]: frozenset(),  # of those to be left out
            bool: False,
            Collection[AgentId]: [AgentId(agent.id)],
            ProcessId: PROCESS,
            Collection[ProcessId]: [PROCESS],
            Person: admin,
            PersonFilter: PersonFilter(group=group.id),
            AgentFilter: AgentFilter(),
            EnrolmentFilter: EnrolmentFilter(),
            tuple[str, AgentId] | None: None,
            OpenSession: session.opened,
            SecondFactor: factor,
            HalfSignedIn: half,
            Invitation: invitation,
            InvitationId: invitation.id,
            Ending: Ending.REVOKED,
            Collection[TokenHash]: [hash_of("forged")],
            GroupId: group.id,
            Group: group,
            Provider: provider,
            ProviderId: provider.id,
            Identity: identity,
            Vouched: vouched,
            Role: Role.USER,
            bytes: b"forged",
            Upload: upload,
            UploadId: UploadId(begun.upload),
            Collection[UploadId]: [UploadId(begun.upload)],
            Collection[Part]: [Part(number=0, sha256="0" * 64, piece="0" * 32)],
            Sequence[int]: [0],
            Agent: known,
            KeyEntry: attrs.evolve(key_entry, number=99),
            EnrolmentToken: token,
            Printer: printer,
            DeviceSeen: attrs.evolve(device, observed_at=LATER),
            QueueSeen: attrs.evolve(queue, observed_at=LATER),
            SelfReport: SelfReport(at=LATER, release="forged"),
            Edition: edition,
            CapabilityKey: CapabilityKey("document.stats"),
            AgentPolicy: attrs.evolve(agent_policy, number=99),
            Entry: entry,
            JobFilter: JobFilter(),
            TunnelLimits: TunnelLimits(jobs_most=5),
            ShareId: shared.id,
            Collection[ShareId]: [shared.id],
            SharedQueue: attrs.evolve(shared, stopped_by="forged"),
            SharingRules: SharingRules(deny=("*",)),
            UpdateRules: UpdateRules(paused=True),
            UpdateFloor: UpdateFloor(paused=True),
            Installed: attrs.evolve(has, installed="forged"),
            Collection[Update]: [attrs.evolve(update, version="forged")],
            Stop: attrs.evolve(stop, by="forged"),
            Keeping: Keeping(tenant=tenant, jobs_days=7),
            Collection[JobId]: [job.id],
            Mapping[JobId, Counted]: {},
            Collection[Counted]: [COUNTED],
            UsageFilter: UsageFilter(since=BIRTH.date(), until=BIRTH.date()),
            By: By.USER,
            dt.date: LATER.date(),
            Job: job,
            Collection[Job]: [attrs.evolve(job, revision=99, title="forged")],
            Collection[uuid.UUID]: [sent.id],
            dt.datetime: LATER,
            dt.datetime | None: LATER,
            int: 5,
            int | None: None,
            WebhookId: hook.webhook.id,
            Webhook: hook.webhook,
            DeliveryId: tried.id,
            Delivery: tried,
            Delivery | None: None,
            Collection[Delivery]: [attrs.evolve(tried, id=DeliveryId("0" * 32))],
            ScanId: scan.id,
            Scan: scan,
            ReachFilter: ReachFilter(),
            Collection[ScanId]: [scan.id],
            ScanPartId: part.id,
            ScanPart: attrs.evolve(part, detail="forged"),
            Collection[ScanPart]: [attrs.evolve(part, id=ScanPartId(uuid.uuid4()))],
            Collection[Span]: [span_of("10.1.0.0/16")],
            tuple[dt.datetime, ScanId] | None: None,
            ApiTokenId: api_token.id,
            ApiToken: api_token,
            Repeat: repeat,
            str: "forged",
            str | None: None,
            Owner: Owner(person=admin.id, login=admin.login),
            Uploader: uploading.uploader,
            **pulled,
            **crossing,
        },
        {
            "point_code": pulled[ReleasePoint].code,
            "kiosk": hash_of("kiosk"),
            "station_token": hash_of("station"),
            "mail_secret": hash_of("mail"),
            "session": hash_of(secret),
            "digest": badge.digest,
            "half": half.hash,
            "day": BIRTH.date(),
            "method": "bonjour",
            "invited": hash_of(invited),
            "recovery": hash_of("recovery"),
            "session_id": session.opened.id,
            "token": hash_of(unused),
            "hashed": hash_of(api_secret),
            "keyed": hash_of("k"),
            "email": admin.email,
            "code": shown.code.hash,
            "user_code": typed,
            "login": admin.login,
            "at": BIRTH,
            "maker": PersonId("0" * 32),
            "key": "person x",
            "about": printer.id,
            "subjects": [printer.id],
            "since": BIRTH - dt.timedelta(1),
            "text": "",
            "csrf": session.csrf,
            "issuer": provider.issuer,
            "subject": "7",
            "whose": tenant,
            "state": hash_of("state"),
            "after_number": 0,
            "upload_name": "job/1",
            "after_upload": "",
            "capability": CapabilityKey("discovery.ippscan"),
            "was": Pause.NONE,
            "most": 9,
            "first": 0,
            "version": "2.0.0",
            "silent": BIRTH,
        },
    )


def _shared(tenant: TenantId, agent: AgentId, queue: str, printer: PrinterId) -> SharedQueue:
    """A share with a default of the tenant's."""
    share = ShareId(str(uuid.uuid5(uuid.NAMESPACE_DNS, agent + queue)))
    default = DefaultSet(name="sides", value="one-sided", by="ada", at=BIRTH)
    return SharedQueue(
        id=share,
        tenant=tenant,
        agent=agent,
        told=Queue(queue="Laser", name="Laser"),
        hash="0" * 64,
        printer=printer,
        added_at=BIRTH,
        defaults=(default,),
    )
