"""Use cases of the hub, one module a noun. No HTTP and no SQL: what comes from outside comes through the ports.

Every method for people takes the tenant first and then who acts; what they may do is asked before anything is read.
"""

from collections.abc import Callable, Collection, Iterable

from attrs import frozen

from tympan_hub.domain.brokers import BrokerPlace
from tympan_hub.domain.limits.requests import API_REQUESTS
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.ports import Blobs, Clock, Mail, Meter, OpenId, Passwords, Pool, Postman, Probe, Secrets, Units, WakeUps
from tympan_hub.ports.conversion import Found, Sandbox
from tympan_hub.ports.mail import Words
from tympan_hub.ports.publisher import Publisher
from tympan_hub.ports.update_repository import UpdateRepository
from tympan_hub.service.agent_policy import AgentPolicyService
from tympan_hub.service.agents import AgentService
from tympan_hub.service.api_tokens import ApiTokenService
from tympan_hub.service.arrivals import ArrivalService
from tympan_hub.service.assignments import AssignmentService
from tympan_hub.service.audit import AuditService
from tympan_hub.service.badges import BadgeService
from tympan_hub.service.bridge import BridgeService
from tympan_hub.service.brokers import BrokeredWakeUps, BrokerService
from tympan_hub.service.called_off import CalledOff
from tympan_hub.service.cancels import CancelService
from tympan_hub.service.checks import CheckService
from tympan_hub.service.conversions import ConversionService
from tympan_hub.service.crossings import CrossingService
from tympan_hub.service.deliveries import DeliveryService
from tympan_hub.service.desired import DesiredService
from tympan_hub.service.device_codes import DeviceCodeService
from tympan_hub.service.device_lists import DeviceListService
from tympan_hub.service.devices import DeviceService
from tympan_hub.service.discovery import DiscoveryService
from tympan_hub.service.doors import DoorService
from tympan_hub.service.enrolment import EnrolmentService
from tympan_hub.service.failover import Failover
from tympan_hub.service.grants import GrantService
from tympan_hub.service.groups import GroupService
from tympan_hub.service.hand_ins import HandInService
from tympan_hub.service.health import HealthService
from tympan_hub.service.held import HeldService
from tympan_hub.service.housekeeping import Housekeeping
from tympan_hub.service.installs import InstallService
from tympan_hub.service.invitations import InvitationService
from tympan_hub.service.jobs import JobService
from tympan_hub.service.keepers import KeeperService
from tympan_hub.service.keeping import KeepingService
from tympan_hub.service.key_book import KeyBookService
from tympan_hub.service.known_browsers import KnownBrowsers
from tympan_hub.service.letters import LetterService
from tympan_hub.service.mail_addresses import MailAddressService
from tympan_hub.service.mirrors import MirrorService
from tympan_hub.service.near import NearService
from tympan_hub.service.new_readers import NewReaders
from tympan_hub.service.notices import NoticeService
from tympan_hub.service.overview import OverviewService
from tympan_hub.service.passwords import PasswordService
from tympan_hub.service.people import PeopleService
from tympan_hub.service.points import PointService
from tympan_hub.service.policy import PolicyService
from tympan_hub.service.policy_papers import DatedPapers
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.printers import PrinterService
from tympan_hub.service.proofs import Proofs
from tympan_hub.service.providers import ProviderService
from tympan_hub.service.pulled import HeldAgain
from tympan_hub.service.queues import QueueService
from tympan_hub.service.reaches import ReachService
from tympan_hub.service.readings import ReadingService
from tympan_hub.service.regiving import Regiving
from tympan_hub.service.releases import ReleaseService
from tympan_hub.service.repeats import RepeatService
from tympan_hub.service.reports import ReportService
from tympan_hub.service.rollouts import RolloutService
from tympan_hub.service.scans import ScanService
from tympan_hub.service.sealed_hand_ins import SealedHandIns
from tympan_hub.service.second_factor import SecondFactorService
from tympan_hub.service.serving import ServingService
from tympan_hub.service.sessions import SessionService
from tympan_hub.service.shares import ShareService
from tympan_hub.service.sharing import SharingService
from tympan_hub.service.sign_ins import SignInService
from tympan_hub.service.stations import StationService
from tympan_hub.service.tenants import TenantService
from tympan_hub.service.tokens import TokenService
from tympan_hub.service.tunnel import TunnelService
from tympan_hub.service.tunnel_limits import TunnelLimitService
from tympan_hub.service.tunnel_use import TunnelUseService
from tympan_hub.service.update_floors import UpdateFloorService
from tympan_hub.service.updates import UpdateService
from tympan_hub.service.upload_clearance import UploadClearance
from tympan_hub.service.uploads import UploadService
from tympan_hub.service.usage import UsageService
from tympan_hub.service.vouched_sessions import VouchedSessionService
from tympan_hub.service.webhooks import WebhookService


@frozen(kw_only=True)
class Services:
    """All use cases, wired."""

    agents: AgentService
    arrivals: ArrivalService
    api_tokens: ApiTokenService
    assignments: AssignmentService
    audit: AuditService
    badges: BadgeService
    deliveries: DeliveryService
    bridge: BridgeService
    brokers: BrokerService
    called_off: CalledOff
    cancels: CancelService
    conversions: ConversionService
    hand_ins: HandInService
    sealed_hand_ins: SealedHandIns
    crossings: CrossingService
    checks: CheckService
    desired: DesiredService
    device_codes: DeviceCodeService
    device_lists: DeviceListService
    discovery: DiscoveryService
    devices: DeviceService
    doors: DoorService
    enrolment: EnrolmentService
    failover: Failover
    grants: GrantService
    groups: GroupService
    health: HealthService
    held_again: HeldAgain
    held: HeldService
    housekeeping: Housekeeping
    installs: InstallService
    invitations: InvitationService
    jobs: JobService
    keepers: KeeperService
    keeping: KeepingService
    key_book: KeyBookService
    known_browsers: KnownBrowsers
    letters: LetterService
    mail_addresses: MailAddressService
    mirrors: MirrorService
    near: NearService
    new_readers: NewReaders
    notices: NoticeService
    overview: OverviewService
    passwords: PasswordService
    people: PeopleService
    points: PointService
    policy: PolicyService
    presence: PresenceService
    printers: PrinterService
    providers: ProviderService
    queues: QueueService
    reaches: ReachService
    readings: ReadingService
    regiving: Regiving
    releases: ReleaseService
    repeats: RepeatService
    reports: ReportService
    rollouts: RolloutService
    update_floors: UpdateFloorService
    scans: ScanService
    second_factor: SecondFactorService
    serving: ServingService
    sessions: SessionService
    sign_ins: SignInService
    stations: StationService
    tenants: TenantService
    tokens: TokenService
    shares: ShareService
    sharing: SharingService
    tunnel: TunnelService
    tunnel_limits: TunnelLimitService
    tunnel_use: TunnelUseService
    updates: UpdateService
    upload_clearance: UploadClearance
    uploads: UploadService
    webhooks: WebhookService
    usage: UsageService
    vouched_sessions: VouchedSessionService


def services(
    *,
    units: Units,
    blobs: Blobs,
    clock: Clock,
    secrets: Secrets,
    passwords: Passwords,
    wakeups: WakeUps,
    openid: OpenId,
    postman: Postman,
    meter: Meter,
    probes: Iterable[Probe],
    sandbox: Sandbox,
    converters: Collection[Found],
    pools: Callable[[], tuple[Pool, ...]],
    mail: Mail | None = None,
    api_requests: int = API_REQUESTS,
    publisher: Publisher | None = None,
    broker: BrokerPlace | None = None,
    mail_place: MailPlace | None = None,
    words: Words | None = None,
    repository: UpdateRepository | None = None,
) -> Services:
    """Wires the use cases to what they need; ``api_requests`` is what one token may ask within a minute."""
    brokers = BrokerService(units, clock, secrets, publisher, broker)
    wakeups = BrokeredWakeUps(wakeups, brokers)
    second_factor = SecondFactorService(units, clock, secrets)
    browsers = KnownBrowsers(units, clock, secrets)
    notices, sessions = NoticeService(wakeups), SessionService(units, clock)
    proofs = PasswordService(units, clock, passwords, wakeups, second_factor, browsers)
    presence = PresenceService(units, clock, notices)
    deliveries = DeliveryService(units, clock, secrets, postman, meter)
    standing_there = Proofs(units, clock, secrets)
    keepers = KeeperService(units, clock, blobs, wakeups, presence)
    regiving = Regiving(units, clock, wakeups, presence)
    releases = ReleaseService(units, clock, wakeups, presence, standing_there, regiving, keepers)
    uploads, new_readers = UploadService(units, clock, blobs), NewReaders(units, wakeups)
    mirrors = MirrorService(units, clock, blobs, wakeups, presence)
    failover = Failover(units, clock, blobs, wakeups, presence)
    tunnel = TunnelService(units, clock, blobs, wakeups, failover, meter)
    conversions = ConversionService(units, sandbox, converters)
    called_off = CalledOff(units, clock, blobs, wakeups)
    hand_ins = HandInService(units, clock, blobs, conversions, failover)
    return Services(
        agents=AgentService(units, clock, wakeups, presence),
        api_tokens=ApiTokenService(units, clock, requests=api_requests),
        arrivals=ArrivalService(units, clock, secrets, openid, proofs, sessions, second_factor, wakeups),
        assignments=AssignmentService(units, clock, wakeups),
        audit=AuditService(units),
        badges=BadgeService(units, clock, secrets),
        deliveries=deliveries,
        called_off=called_off,
        cancels=CancelService(units, clock, blobs, wakeups),
        checks=CheckService(units, clock, wakeups, presence),
        conversions=conversions,
        hand_ins=hand_ins,
        sealed_hand_ins=SealedHandIns(units, clock, failover),
        bridge=BridgeService(units, clock, secrets),
        brokers=brokers,
        desired=DesiredService(units, clock, AgentPolicyService(units, clock, secrets), DatedPapers(secrets)),
        device_codes=DeviceCodeService(units, clock),
        device_lists=DeviceListService(units, clock),
        discovery=DiscoveryService(units),
        devices=DeviceService(units, clock),
        doors=DoorService(units),
        enrolment=EnrolmentService(units, clock, secrets, wakeups, new_readers),
        crossings=CrossingService(units, clock, blobs, wakeups, failover),
        failover=failover,
        grants=GrantService(units, clock, secrets, presence),
        groups=GroupService(units, clock, wakeups),
        health=HealthService(probes, pools, notices, deliveries, failover, publisher),
        held_again=HeldAgain(units, clock),
        held=HeldService(units, clock, blobs, wakeups, presence),
        housekeeping=Housekeeping(units, clock, blobs),
        installs=InstallService(units, clock, repository),
        invitations=InvitationService(units, clock, passwords, wakeups, second_factor, mail),
        jobs=JobService(units),
        keepers=keepers,
        keeping=KeepingService(units, clock),
        key_book=KeyBookService(units, clock, wakeups, new_readers),
        known_browsers=browsers,
        letters=LetterService(units, hand_ins, mail_place, mail, words),
        mail_addresses=MailAddressService(units, clock, mail_place),
        mirrors=mirrors,
        near=NearService(units, clock, secrets, presence),
        new_readers=new_readers,
        notices=notices,
        overview=OverviewService(units, clock, presence),
        passwords=proofs,
        people=PeopleService(units, clock, passwords, wakeups),
        points=PointService(units, clock, secrets, wakeups, standing_there),
        policy=PolicyService(units, clock, secrets, wakeups),
        presence=presence,
        printers=PrinterService(units, clock, wakeups, called_off.of),
        providers=ProviderService(units, clock, secrets, openid),
        queues=QueueService(units, clock, wakeups, presence),
        reaches=ReachService(units),
        readings=ReadingService(units, mirrors, tunnel, uploads),
        regiving=regiving,
        releases=releases,
        repeats=RepeatService(units, clock),
        reports=ReportService(units, clock, meter, blobs, wakeups, new_readers),
        rollouts=RolloutService(units, clock, wakeups, repository),
        update_floors=UpdateFloorService(units, clock, wakeups, repository),
        scans=ScanService(units, clock, wakeups, presence),
        second_factor=second_factor,
        tenants=TenantService(units, clock),
        tokens=TokenService(units, clock, secrets, wakeups),
        shares=ShareService(units, clock, wakeups),
        sharing=SharingService(units, clock, wakeups, called_off.of),
        tunnel=tunnel,
        tunnel_limits=TunnelLimitService(units, clock, wakeups),
        tunnel_use=TunnelUseService(units, clock, wakeups, called_off.of),
        updates=UpdateService(units, clock, wakeups, repository),
        upload_clearance=UploadClearance(units, clock, blobs),
        uploads=uploads,
        webhooks=WebhookService(units, clock, secrets),
        serving=ServingService(units, clock, wakeups, presence),
        sessions=sessions,
        sign_ins=SignInService(units, clock, wakeups),
        stations=StationService(units, clock, secrets, releases),
        usage=UsageService(units),
        vouched_sessions=VouchedSessionService(units, clock, secrets, openid, sessions, wakeups),
    )


__all__ = ["Services", "services"]
