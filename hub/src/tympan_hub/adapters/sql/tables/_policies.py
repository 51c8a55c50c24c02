"""Policy documents of tenants, groups and agents."""

from sqlalchemy import JSON, Column, Integer, PrimaryKeyConstraint, String, Table, Text

from tympan_hub.adapters.sql.tables._columns import ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

policies = Table(
    "policies",
    metadata,
    tenant(),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("key", String(100), nullable=False),
    Column("before", String(8)),
    Column("after", String(8)),
    Column("rules", JSON, nullable=False),
    Column("envelope", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
)

group_policies = Table(
    "group_policies",
    metadata,
    tenant(),
    Column("group", WORD, nullable=False),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("key", String(100), nullable=False),
    Column("before", String(8)),
    Column("after", String(8)),
    Column("rules", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "number"),
    of("groups", "group"),
)

agent_policies = Table(
    "agent_policies",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("envelope", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "agent"),
    of("agents", "agent"),
)
