"""Storage: one repository a noun, reached through a unit of work.

- Every method of a repository takes the tenant first, without default. Rows of another tenant do not exist for it.
- A value that names its tenant is only ever kept under that one.
- ``Directory`` alone knows all tenants, and tells nothing but whose something is.
- Reading units see one moment; writing units of a tenant come one after the other, and all of one is kept or nothing.
"""

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
from tympan_hub.ports.storage.sessions import Sessions
from tympan_hub.ports.storage.sightings import Intakes, Sightings, Sweeps
from tympan_hub.ports.storage.sign_ins import Assertions, SignIns
from tympan_hub.ports.storage.stations import Stations
from tympan_hub.ports.storage.tenants import Tenants
from tympan_hub.ports.storage.units import Unit, Units
from tympan_hub.ports.storage.updates import Updates
from tympan_hub.ports.storage.uploads import Uploads
from tympan_hub.ports.storage.usage import Usage
from tympan_hub.ports.storage.webhooks import Deliveries, Webhooks

__all__ = [
    "AgentPolicies",
    "Agents",
    "ApiTokens",
    "Assertions",
    "Assignments",
    "Attempts",
    "AuditLog",
    "Badges",
    "CapabilityUse",
    "Commands",
    "Crossings",
    "Deliveries",
    "Departures",
    "DeviceChanges",
    "DeviceCodes",
    "Devices",
    "Directory",
    "Enrolments",
    "Grants",
    "GroupAgents",
    "GroupPolicies",
    "Groups",
    "HalfSignIns",
    "HeldWishes",
    "Identities",
    "Intakes",
    "Invitations",
    "Jobs",
    "Keepings",
    "KeyBook",
    "MailAddresses",
    "Mirrors",
    "NearDoors",
    "Networks",
    "PassedOn",
    "People",
    "Policies",
    "Presences",
    "Printers",
    "Processes",
    "Providers",
    "Reaches",
    "ReleasePoints",
    "Releases",
    "Repeats",
    "ReportIds",
    "Scans",
    "SecondFactors",
    "Sessions",
    "Sightings",
    "SignIns",
    "Stations",
    "Sweeps",
    "Tenants",
    "Unit",
    "Units",
    "Updates",
    "Uploads",
    "Usage",
    "Vouchings",
    "Webhooks",
]
