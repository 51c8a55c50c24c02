"""Units of work: the repositories of one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql.agents import SqlAgents, SqlAssertions
from tympan_hub.adapters.sql.api_tokens import SqlApiTokens, SqlRepeats
from tympan_hub.adapters.sql.assignments import SqlAssignments
from tympan_hub.adapters.sql.audit import SqlAuditLog
from tympan_hub.adapters.sql.badges import SqlBadges
from tympan_hub.adapters.sql.capability_use import SqlCapabilityUse
from tympan_hub.adapters.sql.commands import SqlCommands
from tympan_hub.adapters.sql.crossings import SqlCrossings
from tympan_hub.adapters.sql.device_changes import SqlDeviceChanges
from tympan_hub.adapters.sql.device_codes import SqlDeviceCodes
from tympan_hub.adapters.sql.devices import SqlDevices
from tympan_hub.adapters.sql.engine import Database
from tympan_hub.adapters.sql.enrolments import SqlEnrolments
from tympan_hub.adapters.sql.errors import told
from tympan_hub.adapters.sql.group_agents import SqlGroupAgents
from tympan_hub.adapters.sql.group_policies import SqlAgentPolicies, SqlGroupPolicies
from tympan_hub.adapters.sql.groups import SqlGroups
from tympan_hub.adapters.sql.invitations import SqlInvitations
from tympan_hub.adapters.sql.jobs import SqlJobs, SqlReportIds
from tympan_hub.adapters.sql.keepings import SqlKeepings
from tympan_hub.adapters.sql.key_book import SqlKeyBook
from tympan_hub.adapters.sql.mail_addresses import SqlMailAddresses
from tympan_hub.adapters.sql.mirrors import SqlGrants, SqlMirrors, SqlNearDoors
from tympan_hub.adapters.sql.networks import SqlNetworks
from tympan_hub.adapters.sql.people import SqlAttempts, SqlPeople, SqlSessions
from tympan_hub.adapters.sql.policies import SqlPolicies
from tympan_hub.adapters.sql.presences import SqlPresences, SqlProcesses
from tympan_hub.adapters.sql.printers import SqlPrinters
from tympan_hub.adapters.sql.providers import SqlDepartures, SqlIdentities, SqlProviders, SqlVouchings
from tympan_hub.adapters.sql.reaches import SqlReaches
from tympan_hub.adapters.sql.release_points import SqlReleasePoints, SqlStations
from tympan_hub.adapters.sql.releases import SqlHeldWishes, SqlPassedOn, SqlReleases
from tympan_hub.adapters.sql.scans import SqlScans
from tympan_hub.adapters.sql.scope import Scope, Scoped
from tympan_hub.adapters.sql.second_factors import SqlHalfSignIns, SqlSecondFactors
from tympan_hub.adapters.sql.serving import SqlServing
from tympan_hub.adapters.sql.shares import SqlShares
from tympan_hub.adapters.sql.sightings import SqlSightings
from tympan_hub.adapters.sql.sign_ins import SqlSignIns
from tympan_hub.adapters.sql.sweeps import SqlIntakes, SqlSweeps
from tympan_hub.adapters.sql.tenants import SqlDirectory, SqlTenants
from tympan_hub.adapters.sql.tunnel_limits import SqlTunnelLimits
from tympan_hub.adapters.sql.updates import SqlUpdates
from tympan_hub.adapters.sql.uploads import SqlUploads
from tympan_hub.adapters.sql.usage import SqlUsage
from tympan_hub.adapters.sql.webhooks import SqlDeliveries, SqlWebhooks


class SqlUnit:
    """``Unit``; a repository is made when it is asked for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @cached_property
    def directory(self) -> SqlDirectory:
        """Whose something is."""
        return SqlDirectory(self._connection)

    @cached_property
    def tenants(self) -> SqlTenants:
        """The tenants."""
        return SqlTenants(self._connection)

    @cached_property
    def people(self) -> SqlPeople:
        """People."""
        return SqlPeople(self._connection)

    @cached_property
    def groups(self) -> SqlGroups:
        """Groups of people."""
        return SqlGroups(self._connection)

    @cached_property
    def sessions(self) -> SqlSessions:
        """Signed-in people."""
        return SqlSessions(self._connection)

    @cached_property
    def providers(self) -> SqlProviders:
        """OpenID providers."""
        return SqlProviders(self._connection)

    @cached_property
    def identities(self) -> SqlIdentities:
        """People as providers know them."""
        return SqlIdentities(self._connection)

    @cached_property
    def vouchings(self) -> SqlVouchings:
        """Sessions that providers vouch for."""
        return SqlVouchings(self._connection)

    @cached_property
    def departures(self) -> SqlDepartures:
        """States spent."""
        return SqlDepartures(self._connection)

    @cached_property
    def second_factors(self) -> SqlSecondFactors:
        """Second factors."""
        return SqlSecondFactors(self._connection)

    @cached_property
    def half_sign_ins(self) -> SqlHalfSignIns:
        """People who are half signed in."""
        return SqlHalfSignIns(self._connection)

    @cached_property
    def invitations(self) -> SqlInvitations:
        """Invitations."""
        return SqlInvitations(self._connection)

    @cached_property
    def attempts(self) -> SqlAttempts:
        """Failed sign-ins."""
        return SqlAttempts(self._connection)

    @cached_property
    def badges(self) -> SqlBadges:
        """Badges of people."""
        return SqlBadges(self._connection)

    @cached_property
    def mail_addresses(self) -> SqlMailAddresses:
        """Addresses to which people send what shall be printed."""
        return SqlMailAddresses(self._connection)

    @cached_property
    def api_tokens(self) -> SqlApiTokens:
        """Tokens of the API."""
        return SqlApiTokens(self._connection)

    @cached_property
    def webhooks(self) -> SqlWebhooks:
        """Webhooks."""
        return SqlWebhooks(self._connection)

    @cached_property
    def deliveries(self) -> SqlDeliveries:
        """What is on its way to webhooks."""
        return SqlDeliveries(self._connection)

    @cached_property
    def repeats(self) -> SqlRepeats:
        """Answers kept for repetitions."""
        return SqlRepeats(self._connection)

    @cached_property
    def enrolments(self) -> SqlEnrolments:
        """Enrolment tokens."""
        return SqlEnrolments(self._connection)

    @cached_property
    def agents(self) -> SqlAgents:
        """Agents."""
        return SqlAgents(self._connection)

    @cached_property
    def key_book(self) -> SqlKeyBook:
        """The key book."""
        return SqlKeyBook(self._connection)

    @cached_property
    def processes(self) -> SqlProcesses:
        """Processes that serve."""
        return SqlProcesses(self._connection)

    @cached_property
    def presences(self) -> SqlPresences:
        """Agents connected."""
        return SqlPresences(self._connection)

    @cached_property
    def device_codes(self) -> SqlDeviceCodes:
        """Codes that people approve."""
        return SqlDeviceCodes(self._connection)

    @cached_property
    def sign_ins(self) -> SqlSignIns:
        """People signed in at agents."""
        return SqlSignIns(self._connection)

    @cached_property
    def assertions(self) -> SqlAssertions:
        """Assertions spent."""
        return SqlAssertions(self._connection)

    @cached_property
    def report_ids(self) -> SqlReportIds:
        """Reports taken."""
        return SqlReportIds(self._connection)

    @cached_property
    def printers(self) -> SqlPrinters:
        """Printers."""
        return SqlPrinters(self._connection)

    @cached_property
    def devices(self) -> SqlDevices:
        """Devices found."""
        return SqlDevices(self._connection)

    @cached_property
    def device_changes(self) -> SqlDeviceChanges:
        """How devices changed."""
        return SqlDeviceChanges(self._connection)

    @cached_property
    def sightings(self) -> SqlSightings:
        """Sightings of devices."""
        return SqlSightings(self._connection)

    @cached_property
    def sweeps(self) -> SqlSweeps:
        """Sweeps of agents."""
        return SqlSweeps(self._connection)

    @cached_property
    def intakes(self) -> SqlIntakes:
        """What was taken of sightings."""
        return SqlIntakes(self._connection)

    @cached_property
    def assignments(self) -> SqlAssignments:
        """Whom printers were given to."""
        return SqlAssignments(self._connection)

    @cached_property
    def commands(self) -> SqlCommands:
        """Commands."""
        return SqlCommands(self._connection)

    @cached_property
    def jobs(self) -> SqlJobs:
        """Jobs."""
        return SqlJobs(self._connection)

    @cached_property
    def release_points(self) -> SqlReleasePoints:
        """Release points."""
        return SqlReleasePoints(self._connection)

    @cached_property
    def stations(self) -> SqlStations:
        """Trusted stations."""
        return SqlStations(self._connection)

    @cached_property
    def held_wishes(self) -> SqlHeldWishes:
        """What owners wish of held jobs."""
        return SqlHeldWishes(self._connection)

    @cached_property
    def releases(self) -> SqlReleases:
        """Releases of held jobs."""
        return SqlReleases(self._connection)

    @cached_property
    def passed_on(self) -> SqlPassedOn:
        """Jobs that are over at an agent."""
        return SqlPassedOn(self._connection)

    @cached_property
    def mirrors(self) -> SqlMirrors:
        """Mirrored jobs."""
        return SqlMirrors(self._connection)

    @cached_property
    def near_doors(self) -> SqlNearDoors:
        """Where agents are reached in their networks."""
        return SqlNearDoors(self._connection)

    @cached_property
    def grants(self) -> SqlGrants:
        """Grants to release jobs."""
        return SqlGrants(self._connection)

    @cached_property
    def crossings(self) -> SqlCrossings:
        """Jobs on their way through the hub."""
        return SqlCrossings(self._connection)

    @cached_property
    def updates(self) -> SqlUpdates:
        """Updates of agents."""
        return SqlUpdates(self._connection)

    @cached_property
    def uploads(self) -> SqlUploads:
        """Uploads of agents."""
        return SqlUploads(self._connection)

    @cached_property
    def usage(self) -> SqlUsage:
        """Sums of what was printed."""
        return SqlUsage(self._connection)

    @cached_property
    def policies(self) -> SqlPolicies:
        """Policy documents."""
        return SqlPolicies(self._connection)

    @cached_property
    def group_policies(self) -> SqlGroupPolicies:
        """Policy documents of groups."""
        return SqlGroupPolicies(self._connection)

    @cached_property
    def agent_policies(self) -> SqlAgentPolicies:
        """Policy documents of agents, from their groups."""
        return SqlAgentPolicies(self._connection)

    @cached_property
    def group_agents(self) -> SqlGroupAgents:
        """Agents in groups."""
        return SqlGroupAgents(self._connection)

    @cached_property
    def capability_use(self) -> SqlCapabilityUse:
        """What agents have, run and use."""
        return SqlCapabilityUse(self._connection)

    @cached_property
    def networks(self) -> SqlNetworks:
        """Networks agents are in."""
        return SqlNetworks(self._connection)

    @cached_property
    def reaches(self) -> SqlReaches:
        """Which agents reach what."""
        return SqlReaches(self._connection)

    @cached_property
    def scans(self) -> SqlScans:
        """Scans."""
        return SqlScans(self._connection)

    @cached_property
    def keepings(self) -> SqlKeepings:
        """How long jobs are kept."""
        return SqlKeepings(self._connection)

    @cached_property
    def serving(self) -> SqlServing:
        """Agents that print what comes through the tunnel."""
        return SqlServing(self._connection)

    @cached_property
    def shares(self) -> SqlShares:
        """Queues that agents share."""
        return SqlShares(self._connection)

    @cached_property
    def tunnel_limits(self) -> SqlTunnelLimits:
        """What tenants may send through the tunnel."""
        return SqlTunnelLimits(self._connection)

    @cached_property
    def audit(self) -> SqlAuditLog:
        """The audit log."""
        return SqlAuditLog(self._connection)


class SqlUnits:
    """``Units``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnit]:
        """As the port says."""
        with told():
            async with self._database.reader.connect() as connection:
                yield self.within(connection)

    @asynccontextmanager
    async def writing(self, *parts: str) -> AsyncIterator[SqlUnit]:
        """As the port says."""
        with told():
            async with self._database.writer.begin() as connection:
                yield self.within(connection, *(parts or ("",)))

    def within(self, connection: AsyncConnection, *parts: str) -> SqlUnit:
        """The unit of a transaction that was begun already; ``parts`` are what it locks of a tenant."""
        unit = SqlUnit(connection)
        return cast("SqlUnit", Scoped(unit, Scope(connection, *parts))) if self._database.shared else unit
