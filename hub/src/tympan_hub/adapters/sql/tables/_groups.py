"""Groups, and who is in them."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table, UniqueConstraint

from tympan_hub.adapters.sql.tables._columns import ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

groups = Table(
    "groups",
    metadata,
    tenant(),
    Column("id", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("source", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
)

memberships = Table(
    "memberships",
    metadata,
    tenant(),
    Column("group", WORD, nullable=False),
    Column("person", ID, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "person"),
    of("groups", "group"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)

group_agents = Table(
    "group_agents",
    metadata,
    tenant(),
    Column("group", WORD, nullable=False),
    Column("agent", ID, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "agent"),
    of("groups", "group"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
)
