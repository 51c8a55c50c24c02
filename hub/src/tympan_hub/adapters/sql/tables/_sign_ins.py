"""Codes that people approve, and people signed in at agents."""

from sqlalchemy import Boolean, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

device_codes = Table(
    "device_codes",
    metadata,
    tenant(),
    Column("hash", HASH, nullable=False),
    Column("user_code", String(8), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("agent", ID),
    Column("user", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("release", Text, nullable=False),
    Column("source", String(100), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("polled_at", Moment),
    Column("decision", String(16), nullable=False),
    Column("person", ID),
    Column("replaces", ID),
    Column("signs_in", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    UniqueConstraint("user_code"),
    of("agents", "agent"),
    of("people", "person"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("agent", ID, nullable=False),
    Column("user", NAME, nullable=False),
    Column("person", ID, nullable=False),
    Column("token", HASH, nullable=False),
    Column("previous", HASH, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "agent"),
    of("people", "person"),
    Index(None, "tenant", "agent", "user"),
    Index(None, "tenant", "person"),
)
