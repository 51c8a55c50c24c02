"""Reports taken, jobs, and the sums of them."""

from sqlalchemy import JSON, BigInteger, Column, Date, Index, PrimaryKeyConstraint, String, Table, Text, Uuid, text

from tympan_hub.adapters.sql.tables._columns import ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment
from tympan_hub.domain.usage import NAMES

_HELD = text("standing = 'held'")

report_ids = Table(
    "report_ids",
    metadata,
    tenant(),
    Column("agent", ID, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "id"),
    of("agents", "agent"),
    Index(None, "tenant", "at"),
)

jobs = Table(
    "jobs",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    Column("agent", ID),
    Column("revision", BigInteger, nullable=False),
    Column("printer", WORD, nullable=False),
    Column("title", Text, nullable=False),
    Column("user", NAME, nullable=False),
    Column("person", ID),
    Column("standing", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("size_bytes", BigInteger, nullable=False),
    Column("impressions_completed", BigInteger),
    Column("pages", JSON(none_as_null=True)),
    Column("story", JSON, nullable=False),
    Column("counted", JSON(none_as_null=True)),
    Column("held_until", Moment),
    Column("target", WORD, nullable=False, server_default=""),
    Column("before", JSON(none_as_null=True)),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "agent"),
    Index(None, "tenant", "created_at", "id"),
    Index(None, "tenant", "user", "created_at"),
    Index(None, "tenant", "person", "created_at"),
    Index(None, "tenant", "printer", "created_at"),
    Index("ix_jobs_held", "tenant", "person", "user", sqlite_where=_HELD, postgresql_where=_HELD),
)

usage = Table(
    "usage",
    metadata,
    tenant(),
    Column("grain", String(5), nullable=False),
    Column("day", Date, nullable=False),
    Column("month", Date, nullable=False),
    Column("person", ID, nullable=False),
    Column("user", NAME, nullable=False),
    Column("printer", WORD, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in NAMES),
    PrimaryKeyConstraint("tenant", "grain", "day", "person", "user", "printer"),
)
