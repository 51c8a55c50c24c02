"""The audit log."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Table, Text

from tympan_hub.adapters.sql.tables._columns import HASH, NAME, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

audit = Table(
    "audit",
    metadata,
    tenant(),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", NAME, nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", HASH, nullable=False),
    Column("hash", HASH, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
)
