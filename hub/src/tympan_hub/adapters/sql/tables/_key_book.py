"""The key book."""

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

key_book = Table(
    "key_book",
    metadata,
    tenant(),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", String(16), nullable=False),
    Column("agent", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("recipient", LargeBinary, nullable=False),
    Column("proof", LargeBinary, nullable=False),
    Column("by", NAME, nullable=False),
    Column("before", HASH, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
    of("agents", "agent"),
    Index(None, "tenant", "agent", "number"),
    Index(None, "tenant", "event", "number"),
)
