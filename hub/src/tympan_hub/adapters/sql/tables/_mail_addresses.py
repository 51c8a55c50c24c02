"""Addresses to which people send what shall be printed."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Table, UniqueConstraint, Uuid

from tympan_hub.adapters.sql.tables._columns import HASH, ID, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

mail_addresses = Table(
    "mail_addresses",
    metadata,
    tenant(),
    Column("person", ID, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("shown", String(8), nullable=False),
    Column("printer", WORD, nullable=False),  # none that must be there: the address outlives it, and is aimed anew
    Column("copies", Integer, nullable=False),
    Column("sides", String(32)),
    Column("color", String(16)),
    Column("made_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "person"),
    UniqueConstraint("hash"),
    of("people", "person"),
)
