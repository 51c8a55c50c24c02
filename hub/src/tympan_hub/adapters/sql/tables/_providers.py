"""OpenID providers, whom they know, and whose sessions they vouch for."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

providers = Table(
    "providers",
    metadata,
    tenant(),
    Column("id", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("homes", JSON, nullable=False),
    Column("adds_unknown", Boolean, nullable=False),
    Column("links_by_email", Boolean, nullable=False),
    Column("for_owners", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "issuer"),
)

provider_domains = Table(
    "provider_domains",
    metadata,
    tenant(),
    Column("provider", WORD, nullable=False),
    Column("domain", String(253), nullable=False),
    PrimaryKeyConstraint("tenant", "provider", "domain"),
    UniqueConstraint("domain"),
    of("providers", "provider"),
)

identities = Table(
    "identities",
    metadata,
    tenant(),
    Column("issuer", String(1023), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("person", ID, nullable=False),
    Column("own_role", String(32), nullable=False),
    Column("given_role", String(32), nullable=False),
    Column("linked_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "issuer", "subject"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)

vouchings = Table(
    "vouchings",
    metadata,
    tenant(),
    Column("session", HASH, nullable=False),
    Column("whose", WORD, nullable=False),
    Column("provider", WORD, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("tokens", LargeBinary, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("confirmed_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "session"),
    ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.hash"], ondelete="CASCADE"),
    Index(None, "tenant", "whose", "provider"),
)

departures = Table(
    "departures",
    metadata,
    tenant(),
    Column("state", HASH, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "state"),
    Index(None, "tenant", "until"),
)
