"""Queues that agents share, and what tenants say of sharing."""

from sqlalchemy import JSON, Boolean, Column, Index, PrimaryKeyConstraint, String, Table

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

shares = Table(
    "shares",
    metadata,
    tenant(),
    Column("id", String(36), nullable=False),
    Column("agent", ID, nullable=False),
    Column("told", JSON, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("printer", WORD),
    Column("added_at", Moment, nullable=False),
    Column("stopped_at", Moment),
    Column("stopped_by", NAME, nullable=False),
    Column("gone_at", Moment),
    Column("defaults", JSON, nullable=False),
    Column("kept", JSON(none_as_null=True)),
    Column("waits", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
    Index(None, "tenant", "printer"),
)

sharing_rules = Table(
    "sharing_rules",
    metadata,
    tenant(),
    Column("audience", String(16), nullable=False),
    Column("allow", JSON, nullable=False),
    Column("deny", JSON, nullable=False),
    PrimaryKeyConstraint("tenant"),
)
