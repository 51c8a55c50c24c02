"""Storage in a SQL database: the one place that imports SQLAlchemy."""

from tympan_hub.adapters.sql.copies import AuditEnd, Holding, check_empty, dump, load
from tympan_hub.adapters.sql.engine import Database, is_damaged
from tympan_hub.adapters.sql.probe import DatabaseProbe
from tympan_hub.adapters.sql.schema import migrate
from tympan_hub.adapters.sql.units import SqlUnits
from tympan_hub.adapters.sql.wakeups import SharedWakeUps

__all__ = [
    "AuditEnd",
    "Database",
    "DatabaseProbe",
    "Holding",
    "SharedWakeUps",
    "SqlUnits",
    "check_empty",
    "dump",
    "is_damaged",
    "load",
    "migrate",
]
