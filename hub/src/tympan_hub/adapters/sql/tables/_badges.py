"""Badges of people."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table

from tympan_hub.adapters.sql.tables._columns import HASH, ID, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

badges = Table(
    "badges",
    metadata,
    tenant(),
    Column("digest", HASH, nullable=False),
    Column("person", ID, nullable=False),
    Column("shown", String(10), nullable=False),
    Column("made_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "digest"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)
