"""What the services need from outside. Every method of storage takes the tenant first and has no default."""

from tympan_hub.ports.clock import Clock
from tympan_hub.ports.meter import Levels, Meter, Pool
from tympan_hub.ports.passwords import Passwords
from tympan_hub.ports.postman import Postman
from tympan_hub.ports.probe import Probe
from tympan_hub.ports.secrets import Bearer, Secrets
from tympan_hub.ports.storage import (
    Agents,
    ApiTokens,
    Assertions,
    Attempts,
    AuditLog,
    Commands,
    Deliveries,
    DeviceCodes,
    Directory,
    Enrolments,
    Groups,
    Jobs,
    People,
    Policies,
    Printers,
    Repeats,
    ReportIds,
    Sessions,
    SignIns,
    Tenants,
    Unit,
    Units,
    Usage,
    Webhooks,
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
    "Commands",
    "Deliveries",
    "DeviceCodes",
    "Directory",
    "Enrolments",
    "Groups",
    "Jobs",
    "Levels",
    "Meter",
    "Passwords",
    "People",
    "Policies",
    "Pool",
    "Postman",
    "Printers",
    "Probe",
    "Repeats",
    "ReportIds",
    "Secrets",
    "Sessions",
    "SignIns",
    "Tenants",
    "Unit",
    "Units",
    "Usage",
    "WakeUps",
    "Webhooks",
]
