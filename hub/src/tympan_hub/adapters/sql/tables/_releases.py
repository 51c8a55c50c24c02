"""Pull printing: release points, what owners wish of held jobs, releases, mirrored jobs, grants, stations."""

from sqlalchemy import (
    JSON,
    BigInteger,
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
    Uuid,
    text,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

_OPEN = text("state IN ('waiting', 'taken', 'begun')")

release_points = Table(
    "release_points",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("code", String(8), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("proximity", String(16)),
    Column("kiosk", HASH),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "printer"),
    of("printers", "printer"),
    UniqueConstraint("code"),
    UniqueConstraint("kiosk"),
)

held_wishes = Table(
    "held_wishes",
    metadata,
    tenant(),
    Column("job", Uuid, nullable=False),
    Column("rank", Integer),
    Column("copies", Integer),
    Column("sides", String(32)),
    Column("color", String(16)),
    PrimaryKeyConstraint("tenant", "job"),
    of("jobs", "job"),
)

releases = Table(
    "releases",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    Column("batch", ID, nullable=False),
    Column("place", Integer, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("point", WORD, nullable=False),
    Column("person", ID, nullable=False),
    Column("by_name", NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("taken_at", Moment),
    Column("held_at", Moment),
    Column("ended_at", Moment),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("changes", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("jobs", "job"),
    of("agents", "agent"),
    Index(None, "tenant", "batch"),
    Index(None, "tenant", "job", "asked_at"),
    Index(None, "tenant", "ended_at"),
    Index("ix_releases_open_agent", "tenant", "agent", sqlite_where=_OPEN, postgresql_where=_OPEN),
    # Whatever two processes do at once: of one job one release is open.
    Index("uq_releases_open_job", "tenant", "job", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

passed_on = Table(
    "passed_on",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "job"),
    of("agents", "agent"),
    of("jobs", "job"),
)

mirrors = Table(
    "mirrors",
    metadata,
    tenant(),
    Column("job", Uuid, nullable=False),
    Column("agent", ID),
    Column("upload", ID, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("erased", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "job"),
    of("jobs", "job"),
    of("agents", "agent"),
    Index(None, "tenant", "upload", unique=True),
)

mirror_envelopes = Table(
    "mirror_envelopes",
    metadata,
    tenant(),
    Column("job", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("envelope", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "job", "agent"),
    of("jobs", "job"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
)

mirror_copies = Table(
    "mirror_copies",
    metadata,
    tenant(),
    Column("job", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("kept", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "job", "agent"),
    of("jobs", "job"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
)

release_grants = Table(
    "release_grants",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    Column("job", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("person", ID, nullable=False),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("jobs", "job"),
    of("agents", "agent"),
    Index(None, "tenant", "job"),
    Index(None, "tenant", "expires_at"),
)

stations = Table(
    "stations",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("points", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("hash"),
    UniqueConstraint("tenant", "name"),
)

near_doors = Table(
    "near_doors",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("doors", JSON, nullable=False),
    Column("told_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent"),
    of("agents", "agent"),
)
