"""Webhooks, and what is on its way to them."""

from sqlalchemy import JSON, Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from tympan_hub.adapters.sql.tables._columns import ID, NAME, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

webhooks = Table(
    "webhooks",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("url", String(1023), nullable=False),
    Column("happenings", JSON, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    tenant(),
    Column("id", ID, nullable=False),
    Column("webhook", ID, nullable=False),
    Column("happening", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fate", String(16), nullable=False),
    Column("status", Integer),
    Column("detail", Text, nullable=False),
    Column("ended_at", Moment),
    Column("holder", ID, nullable=False),
    Column("leased_until", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    of("webhooks", "webhook"),
    Index(None, "tenant", "webhook", "made_at"),
    Index(None, "fate", "due_at"),
)
