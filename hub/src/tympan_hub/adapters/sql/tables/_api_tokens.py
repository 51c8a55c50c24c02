"""Tokens of the API, and answers kept for repetitions."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

api_tokens = Table(
    "api_tokens",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("name", NAME, nullable=False),
    Column("role", String(32), nullable=False),
    Column("person", ID, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    Column("makes_administrators", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("hash"),
    of("people", "person"),
)

repeats = Table(
    "repeats",
    metadata,
    tenant(),
    Column("token", ID, nullable=False),
    Column("key", HASH, nullable=False),
    Column("asked", HASH, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("status", Integer),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant", "token", "key"),
    of("api_tokens", "token"),
    Index(None, "tenant", "begun_at"),
)
