"""People, who is invited, and who failed to sign in."""

from sqlalchemy import JSON, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, SOUGHT, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

people = Table(
    "people",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("email", NAME, nullable=False, index=True, info=SOUGHT),
    Column("name", NAME, nullable=False),
    Column("login", NAME, nullable=False),
    Column("sought", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("password", String(255), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "email"),
    Index(None, "tenant", "login"),
    Index(None, "tenant", "sought", "id"),
)

invitations = Table(
    "invitations",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("email", NAME, nullable=False),
    Column("role", String(32), nullable=False),
    Column("groups", JSON, nullable=False),
    Column("made_by", NAME, nullable=False),
    Column("maker", ID),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended", String(16)),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("hash"),
    Index(None, "tenant", "expires_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    tenant(),
    Column("key", String(320), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "tenant", "key", "at"),
)
