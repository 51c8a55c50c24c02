"""Scans, what each agent does of one, and the networks agents are in."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)

from tympan_hub.adapters.sql.tables._columns import ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

scans = Table(
    "scans",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    Column("per_second", Integer, nullable=False),
    Column("addresses", Integer, nullable=False),
    Column("outside", Integer, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("unreached", Integer, nullable=False),
    Column("agents", JSON, nullable=False),
    Column("ordered_by", NAME, nullable=False),
    Column("ordered_at", Moment, nullable=False),
    Column("stopped_by", NAME, nullable=False),
    Column("stopped_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "ordered_at", "id"),
)

scan_parts = Table(
    "scan_parts",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    Column("scan", ID, nullable=False),
    Column("agent", ID, nullable=False),
    Column("targets", JSON, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("probed", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("found", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("told_at", Moment),
    Column("heard_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("scans", "scan"),
    of("agents", "agent"),
    Index(None, "tenant", "scan"),
    Index(None, "tenant", "agent", "standing"),
    Index(None, "tenant", "standing", "scan"),
)

agent_networks = Table(
    "agent_networks",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("network", String(50), nullable=False),
    # Ends as text of one length, so that every database compares addresses of both kinds: see ``spans``.
    Column("first", String(33), nullable=False),
    Column("last", String(33), nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "network"),
    of("agents", "agent"),
    Index(None, "tenant", "network", "agent"),
    Index(None, "tenant", "first", "last"),
)
