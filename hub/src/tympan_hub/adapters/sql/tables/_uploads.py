"""Uploads of agents and their parts; the bytes lie elsewhere."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table, text

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

_STAYS = text("state <> 'leaving'")

uploads = Table(
    "uploads",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("agent", ID),
    # No reference: what they handed in is printed though they are removed.
    Column("person", ID),
    Column("name", NAME, nullable=False),
    Column("user", NAME, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("part_bytes", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("digest", HASH, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
    Index(None, "tenant", "agent", "name", unique=True, sqlite_where=_STAYS, postgresql_where=_STAYS),
    Index(None, "tenant", "state", "touched_at"),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    tenant(),
    Column("upload", ID, nullable=False),
    Column("number", Integer, nullable=False),
    Column("sha256", HASH, nullable=False),
    Column("piece", ID, nullable=False),
    PrimaryKeyConstraint("tenant", "upload", "number"),
    of("uploads", "upload"),
)
