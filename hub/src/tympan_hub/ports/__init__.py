"""What the services need from outside. Every method of storage takes the tenant first and has no default."""

from tympan_hub.ports.clock import Clock
from tympan_hub.ports.openid import Documents, OpenId
from tympan_hub.ports.passwords import Passwords
from tympan_hub.ports.secrets import Bearer, Secrets
from tympan_hub.ports.storage import (
    Agents,
    ApiTokens,
    Assertions,
    Attempts,
    AuditLog,
    Departures,
    Directory,
    Enrolments,
    Groups,
    Identities,
    Jobs,
    People,
    Policies,
    Printers,
    Providers,
    Repeats,
    ReportIds,
    Sessions,
    Tenants,
    Unit,
    Units,
    Vouchings,
)
from tympan_hub.ports.wakeups import WakeUps

__all__ = [
    "Agents",
    "ApiTokens",
    "Assertions",
    "Attempts",
    "AuditLog",
    "Bearer",
    "Clock",
    "Departures",
    "Directory",
    "Documents",
    "Enrolments",
    "Groups",
    "Identities",
    "Jobs",
    "OpenId",
    "Passwords",
    "People",
    "Policies",
    "Printers",
    "Providers",
    "Repeats",
    "ReportIds",
    "Secrets",
    "Sessions",
    "Tenants",
    "Unit",
    "Units",
    "Vouchings",
    "WakeUps",
]
