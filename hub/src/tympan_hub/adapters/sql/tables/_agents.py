"""Agents, what makes them, what they have, and what they asserted."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

enrolments = Table(
    "enrolments",
    metadata,
    tenant(),
    Column("hash", HASH, nullable=False),
    Column("name", NAME, nullable=False),
    Column("made_by", NAME, nullable=False),
    Column("maker", ID),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("agent", ID),
    Column("replaces", ID),
    Column("revoked_at", Moment),
    Column("computers", Integer, nullable=False, server_default="1"),
    Column("joined", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    of("agents", "agent"),
    Index(None, "tenant", "made_at", "hash"),
)

agents = Table(
    "agents",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("release", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("recipient", LargeBinary, nullable=False),
    Column("certificate", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("told_at", Moment),
    Column("told", JSON),
    Column("replaces", ID),
    Column("sought", Text, nullable=False),
    Column("troubled", Boolean, nullable=False),
    Column("key_waits", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("id"),
    # All that a page of the list is chosen by, so that the wide rows are read of those alone that are shown.
    Index(None, "tenant", "sought", "id", "revoked_at"),
    Index(None, "tenant", "replaces"),
    Index(None, "tenant", "troubled"),
    Index(None, "tenant", "seen_at", "revoked_at"),
)

agent_keys = Table(
    "agent_keys",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("key", String(100), nullable=False),
    Column("running", Boolean, nullable=False),
    Column("used_at", Moment),
    PrimaryKeyConstraint("tenant", "agent", "key"),
    of("agents", "agent"),
)

assertions = Table(
    "assertions",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("assertion", HASH, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "assertion"),
    of("agents", "agent"),
    Index(None, "tenant", "until"),
)
