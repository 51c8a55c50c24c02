"""Processes that serve, and agents connected to them."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table

from tympan_hub.adapters.sql.tables._columns import ID, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

processes = Table(
    "processes",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

presences = Table(
    "presences",
    metadata,
    tenant(),
    Column("process", ID, nullable=False),
    Column("agent", ID, nullable=False),
    PrimaryKeyConstraint("tenant", "process", "agent"),
    of("agents", "agent"),
)
