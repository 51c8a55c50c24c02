"""Printers, whom they were given to, and how agents see them."""

from sqlalchemy import JSON, Boolean, Column, Index, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint

from tympan_hub.adapters.sql.tables._columns import HASH, ID, NAME, WORD, of, tenant
from tympan_hub.adapters.sql.tables._metadata import metadata
from tympan_hub.adapters.sql.types import Moment

printers = Table(
    "printers",
    metadata,
    tenant(),
    Column("id", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("uri", String(1023), nullable=False),
    Column("delivery", String(8), nullable=False),
    Column("location", NAME, nullable=False),
    Column("fingerprint", HASH, nullable=False),
    Column("everybody", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("device", ID),
    Column("pull", JSON(none_as_null=True)),
    Column("tunnel", JSON(none_as_null=True)),
    Column("share", String(36)),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
    Index(None, "tenant", "device"),
)

printer_people = Table(
    "printer_people",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("person", ID, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "person"),
    of("printers", "printer"),
    of("people", "person"),
    Index(None, "tenant", "person"),
)

printer_groups = Table(
    "printer_groups",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("group", WORD, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "group"),
    of("printers", "printer"),
    of("groups", "group"),
    Index(None, "tenant", "group"),
)

devices = Table(
    "devices",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("agent", ID, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("observed_at", Moment, nullable=False),
    Column("make_and_model", Text, nullable=False),
    Column("formats", JSON, nullable=False),
    Column("color", Boolean),
    Column("duplex", Boolean),
    Column("media", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("reached_at", Moment),
    PrimaryKeyConstraint("tenant", "printer", "agent"),
    of("printers", "printer"),
    of("agents", "agent"),
    # The best look at a device is the end of a stretch of this, however many agents see it.
    Index(None, "tenant", "printer", "reachable", "observed_at", "agent"),
)

queues = Table(
    "queues",
    metadata,
    tenant(),
    Column("printer", WORD, nullable=False),
    Column("agent", ID, nullable=False),
    Column("installed", Boolean, nullable=False),
    Column("usable", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Column("observed_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "agent"),
    of("printers", "printer"),
    of("agents", "agent"),
)
