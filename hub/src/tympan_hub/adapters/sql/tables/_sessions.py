"""People signed in, half signed in, and their second factors."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

sessions = Table(
    "sessions",
    metadata,
    tenant(),
    Column("hash", HASH, nullable=False),
    Column("person", ID, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("id", ID, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("source", String(100), nullable=False),
    Column("browser", String(100), nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)

half_sign_ins = Table(
    "half_sign_ins",
    metadata,
    tenant(),
    Column("hash", HASH, nullable=False),
    Column("person", ID, nullable=False),
    Column("source", String(100), nullable=False),
    Column("browser", String(100), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("vouched", JSON),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)

second_factors = Table(
    "second_factors",
    metadata,
    tenant(),
    Column("person", ID, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("confirmed_at", Moment),
    Column("last_step", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "person"),
    of("people", "person"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    tenant(),
    Column("person", ID, nullable=False),
    Column("hash", HASH, nullable=False),
    PrimaryKeyConstraint("tenant", "person", "hash"),
    of("people", "person"),
)
