"""Units of work."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from tympan_hub.ports.storage.agents import Agents
from tympan_hub.ports.storage.api_tokens import ApiTokens, Repeats
from tympan_hub.ports.storage.assignments import Assignments
from tympan_hub.ports.storage.attempts import Attempts
from tympan_hub.ports.storage.audit import AuditLog
from tympan_hub.ports.storage.badges import Badges
from tympan_hub.ports.storage.capability_use import CapabilityUse
from tympan_hub.ports.storage.commands import Commands
from tympan_hub.ports.storage.crossings import Crossings
from tympan_hub.ports.storage.device_codes import DeviceCodes
from tympan_hub.ports.storage.devices import DeviceChanges, Devices
from tympan_hub.ports.storage.directory import Directory
from tympan_hub.ports.storage.enrolments import Enrolments
from tympan_hub.ports.storage.group_agents import GroupAgents
from tympan_hub.ports.storage.group_policies import AgentPolicies, GroupPolicies
from tympan_hub.ports.storage.groups import Groups
from tympan_hub.ports.storage.invitations import Invitations
from tympan_hub.ports.storage.jobs import Jobs, ReportIds
from tympan_hub.ports.storage.keepings import Keepings
from tympan_hub.ports.storage.key_book import KeyBook
from tympan_hub.ports.storage.mail_addresses import MailAddresses
from tympan_hub.ports.storage.mirrors import Grants, Mirrors, NearDoors
from tympan_hub.ports.storage.networks import Networks
from tympan_hub.ports.storage.people import People
from tympan_hub.ports.storage.policies import Policies
from tympan_hub.ports.storage.presences import Presences, Processes
from tympan_hub.ports.storage.printers import Printers
from tympan_hub.ports.storage.providers import Departures, Identities, Providers, Vouchings
from tympan_hub.ports.storage.reaches import Reaches
from tympan_hub.ports.storage.release_points import ReleasePoints
from tympan_hub.ports.storage.releases import HeldWishes, PassedOn, Releases
from tympan_hub.ports.storage.scans import Scans
from tympan_hub.ports.storage.second_factors import HalfSignIns, SecondFactors
from tympan_hub.ports.storage.serving import Serving
from tympan_hub.ports.storage.sessions import Sessions
from tympan_hub.ports.storage.shares import Shares
from tympan_hub.ports.storage.sightings import Intakes, Sightings, Sweeps
from tympan_hub.ports.storage.sign_ins import Assertions, SignIns
from tympan_hub.ports.storage.stations import Stations
from tympan_hub.ports.storage.tenants import Tenants
from tympan_hub.ports.storage.tunnel_limits import TunnelLimitsKept
from tympan_hub.ports.storage.updates import Updates
from tympan_hub.ports.storage.uploads import Uploads
from tympan_hub.ports.storage.usage import Usage
from tympan_hub.ports.storage.webhooks import Deliveries, Webhooks


class Unit(Protocol):
    """A unit of work: all repositories within one transaction."""

    @property
    def directory(self) -> Directory:
        """Whose something is."""
        ...

    @property
    def tenants(self) -> Tenants:
        """The tenants."""
        ...

    @property
    def people(self) -> People:
        """People."""
        ...

    @property
    def groups(self) -> Groups:
        """Groups of people."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Signed-in people."""
        ...

    @property
    def providers(self) -> Providers:
        """OpenID providers."""
        ...

    @property
    def identities(self) -> Identities:
        """People as providers know them."""
        ...

    @property
    def vouchings(self) -> Vouchings:
        """Sessions that providers vouch for."""
        ...

    @property
    def departures(self) -> Departures:
        """States spent."""
        ...

    @property
    def second_factors(self) -> SecondFactors:
        """Second factors."""
        ...

    @property
    def half_sign_ins(self) -> HalfSignIns:
        """People who are half signed in."""
        ...

    @property
    def invitations(self) -> Invitations:
        """Invitations."""
        ...

    @property
    def attempts(self) -> Attempts:
        """Failed sign-ins."""
        ...

    @property
    def badges(self) -> Badges:
        """Badges of people."""
        ...

    @property
    def mail_addresses(self) -> MailAddresses:
        """Addresses to which people send what shall be printed."""
        ...

    @property
    def api_tokens(self) -> ApiTokens:
        """Tokens of the API."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """Webhooks."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """What is on its way to webhooks."""
        ...

    @property
    def repeats(self) -> Repeats:
        """Answers kept for repetitions."""
        ...

    @property
    def enrolments(self) -> Enrolments:
        """Enrolment tokens."""
        ...

    @property
    def agents(self) -> Agents:
        """Agents."""
        ...

    @property
    def key_book(self) -> KeyBook:
        """The key book."""
        ...

    @property
    def processes(self) -> Processes:
        """Processes that serve."""
        ...

    @property
    def presences(self) -> Presences:
        """Agents connected."""
        ...

    @property
    def device_codes(self) -> DeviceCodes:
        """Codes that people approve."""
        ...

    @property
    def sign_ins(self) -> SignIns:
        """People signed in at agents."""
        ...

    @property
    def assertions(self) -> Assertions:
        """Assertions spent."""
        ...

    @property
    def report_ids(self) -> ReportIds:
        """Reports taken."""
        ...

    @property
    def printers(self) -> Printers:
        """Printers."""
        ...

    @property
    def devices(self) -> Devices:
        """Devices found."""
        ...

    @property
    def device_changes(self) -> DeviceChanges:
        """How devices changed."""
        ...

    @property
    def sightings(self) -> Sightings:
        """Sightings of devices."""
        ...

    @property
    def sweeps(self) -> Sweeps:
        """Sweeps of agents."""
        ...

    @property
    def intakes(self) -> Intakes:
        """What was taken of sightings."""
        ...

    @property
    def assignments(self) -> Assignments:
        """Whom printers were given to."""
        ...

    @property
    def commands(self) -> Commands:
        """Commands."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Jobs."""
        ...

    @property
    def release_points(self) -> ReleasePoints:
        """Release points."""
        ...

    @property
    def stations(self) -> Stations:
        """Trusted stations."""
        ...

    @property
    def held_wishes(self) -> HeldWishes:
        """What owners wish of held jobs."""
        ...

    @property
    def releases(self) -> Releases:
        """Releases of held jobs."""
        ...

    @property
    def passed_on(self) -> PassedOn:
        """Jobs that are over at an agent."""
        ...

    @property
    def mirrors(self) -> Mirrors:
        """Mirrored jobs."""
        ...

    @property
    def near_doors(self) -> NearDoors:
        """Where agents are reached in their networks."""
        ...

    @property
    def grants(self) -> Grants:
        """Grants to release jobs."""
        ...

    @property
    def crossings(self) -> Crossings:
        """Jobs on their way through the hub."""
        ...

    @property
    def updates(self) -> Updates:
        """Updates of agents."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Uploads of agents."""
        ...

    @property
    def usage(self) -> Usage:
        """Sums of what was printed."""
        ...

    @property
    def policies(self) -> Policies:
        """Policy documents."""
        ...

    @property
    def group_policies(self) -> GroupPolicies:
        """Policy documents of groups."""
        ...

    @property
    def agent_policies(self) -> AgentPolicies:
        """Policy documents of agents, from their groups."""
        ...

    @property
    def group_agents(self) -> GroupAgents:
        """Agents in groups."""
        ...

    @property
    def capability_use(self) -> CapabilityUse:
        """What agents have, run and use."""
        ...

    @property
    def networks(self) -> Networks:
        """Networks agents are in."""
        ...

    @property
    def reaches(self) -> Reaches:
        """Which agents reach what."""
        ...

    @property
    def scans(self) -> Scans:
        """Scans."""
        ...

    @property
    def keepings(self) -> Keepings:
        """How long jobs are kept."""
        ...

    @property
    def serving(self) -> Serving:
        """Agents that print what comes through the tunnel."""
        ...

    @property
    def shares(self) -> Shares:
        """Queues that agents share."""
        ...

    @property
    def tunnel_limits(self) -> TunnelLimitsKept:
        """What tenants may send through the tunnel."""
        ...

    @property
    def audit(self) -> AuditLog:
        """The audit log."""
        ...


class Units(Protocol):
    """Opens units of work."""

    def reading(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that changes nothing. Raises ``Unavailable`` when storage does not answer."""
        ...

    def writing(self, *parts: str) -> AbstractAsyncContextManager[Unit]:
        """A unit that is kept when its block ends well, and undone when it raises. Raises as `reading`.

        Units of one tenant come one after the other, so that what one reads still holds when it writes. One that
        neither reads nor writes anything but parts of the tenant, such as what one agent reports, names them: units of
        different parts may run beside each other. What several parts touch must be safe statement by statement.
        """
        ...
