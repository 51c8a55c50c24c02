"""Updates: what tenants say of them, what computers have, and what was stopped."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from tympan_hub.adapters.sql.tables._columns import ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

update_rules = Table(
    "update_rules",
    metadata,
    tenant(),
    Column("canary", JSON, nullable=False),
    Column("early", JSON, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("pin", String(64), nullable=False),
    Column("window", JSON(none_as_null=True)),
    Column("least", Integer, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("repository", Text, nullable=False),
    PrimaryKeyConstraint("tenant"),
)

update_floors = Table(
    "update_floors",
    metadata,
    tenant(),
    Column("paused", Boolean, nullable=False),
    Column("latest", String(64), nullable=False),
    Column("held", JSON, nullable=False),
    PrimaryKeyConstraint("tenant"),
)

agent_versions = Table(
    "agent_versions",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("installed", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("able", Boolean, nullable=False),
    Column("why_not", Text, nullable=False),
    Column("healthy", Boolean, nullable=False),
    Column("trouble", Text, nullable=False),
    Column("plugins", JSON, nullable=False),
    Column("ring", String(16), nullable=False),
    Column("heard_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent"),
    of("agents", "agent"),
)

agent_updates = Table(
    "agent_updates",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("subject", String(128), nullable=False),
    Column("version", String(64), nullable=False),
    Column("step", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("missing", JSON, nullable=False),
    Column("lacking", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("told_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "subject"),
    of("agents", "agent"),
    Index(None, "tenant", "subject", "version"),
    Index(None, "tenant", "step"),
)

update_stops = Table(
    "update_stops",
    metadata,
    tenant(),
    Column("subject", String(128), nullable=False),
    Column("version", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("toll", JSON, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", NAME, nullable=False),
    PrimaryKeyConstraint("tenant", "subject", "version"),
)
