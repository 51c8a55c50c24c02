"""The tunnel: jobs on their way through the hub, and the envelopes of their keys."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    text,
)

from tympan_hub.adapters.sql.tables._columns import ID, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

_OPEN = text("state IN ('waiting', 'taken', 'begun')")

crossings = Table(
    "crossings",
    metadata,
    tenant(),
    Column("id", Uuid, nullable=False),
    # No reference: a job may be sent a moment before it is reported.
    Column("job", Uuid, nullable=False),
    Column("printer", WORD, nullable=False),
    Column("sender", ID),
    Column("upload", ID, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("free_at", Moment, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("holder", ID),
    Column("leased_until", Moment),
    Column("begun_at", Moment),
    Column("ended_at", Moment),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    of("agents", "sender"),
    of("agents", "holder"),
    Index(None, "tenant", "job", "offered_at"),
    Index(None, "tenant", "upload"),
    Index(None, "tenant", "ended_at"),
    Index("ix_crossings_open", "tenant", "state", "offered_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_crossings_open_holder", "tenant", "holder", sqlite_where=_OPEN, postgresql_where=_OPEN),
    # Whatever two processes do at once: of one job one crossing is open.
    Index("uq_crossings_open_job", "tenant", "job", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

crossing_envelopes = Table(
    "crossing_envelopes",
    metadata,
    tenant(),
    Column("crossing", Uuid, nullable=False),
    Column("agent", ID, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("envelope", Text, nullable=False),
    Column("not_before", Moment),
    Column("returned", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "crossing", "agent"),
    of("crossings", "crossing"),
    of("agents", "agent"),
    Index(None, "tenant", "agent"),
)
