"""Commands for agents."""

from sqlalchemy import JSON, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, Uuid

from tympan_hub.adapters.sql.tables._columns import ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

commands = Table(
    "commands",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("order", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("about", String(64), nullable=False),
    Column("asked_by", NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("leased_until", Moment),
    Column("ended_at", Moment),
    Column("detail", Text, nullable=False),
    Column("found", JSON(none_as_null=True)),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "agent"),
    Index(None, "tenant", "agent", "state"),
    Index(None, "tenant", "about", "asked_at"),
)
