"""Tenants, and how long each keeps jobs and its audit log."""

from sqlalchemy import Column, Integer, PrimaryKeyConstraint, Table

from tympan_hub.adapters.sql.tables._columns import NAME, WORD, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

tenants = Table(
    "tenants",
    metadata,
    Column("id", WORD, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("webhooks", Integer, nullable=False, server_default="0"),
)

keepings = Table(
    "keepings",
    metadata,
    tenant(),
    Column("jobs_days", Integer, nullable=False),
    Column("titles_days", Integer, nullable=False),
    Column("jobs_gone", Moment),
    Column("titles_gone", Moment),
    Column("audit_days", Integer),
    PrimaryKeyConstraint("tenant"),
)
