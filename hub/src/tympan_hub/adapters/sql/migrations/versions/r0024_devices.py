"""Devices found in networks or entered by hand, who sees them, how they changed; and which a printer was made of."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "found_devices",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("described_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=254), nullable=False),
        sa.Column("host_name", sa.String(length=254), nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        sa.Column("given_name", sa.String(length=254), nullable=False),
        sa.Column("given_location", sa.String(length=254), nullable=False),
        sa.Column("in_view", sa.Integer(), nullable=False),
        sa.Column("ignored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed", sa.Text(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_found_devices_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_found_devices")),
    )
    op.create_index(
        op.f("ix_found_devices_tenant_listed_id"), "found_devices", ["tenant", "listed", "id"], unique=False
    )
    op.create_table(
        "device_changes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "device"],
            ["found_devices.tenant", "found_devices.id"],
            name=op.f("fk_device_changes_tenant_device_found_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_device_changes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_device_changes")),
    )
    op.create_index(
        op.f("ix_device_changes_tenant_device_at_id"), "device_changes", ["tenant", "device", "at", "id"], unique=False
    )
    op.create_table(
        "device_intakes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("too_many", sa.Integer(), nullable=False),
        sa.Column("too_fast", sa.Integer(), nullable=False),
        sa.Column("strange", sa.Integer(), nullable=False),
        sa.Column("no_room", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_device_intakes_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_device_intakes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "day", name=op.f("pk_device_intakes")),
    )
    op.create_index(op.f("ix_device_intakes_tenant_day"), "device_intakes", ["tenant", "day"], unique=False)
    op.create_table(
        "device_sightings",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=512), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("in_view", sa.Boolean(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("serial", sa.String(length=254), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        sa.Column("host", sa.String(length=254), nullable=False),
        sa.Column("model", sa.String(length=254), nullable=False),
        sa.Column("uuid_shared", sa.Boolean(), nullable=False),
        sa.Column("certificate_shared", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("paused", sa.String(length=8), nullable=False),
        sa.Column("uri", sa.String(length=1023), nullable=False),
        sa.Column("host_name", sa.String(length=254), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "device"],
            ["found_devices.tenant", "found_devices.id"],
            name=op.f("fk_device_sightings_tenant_device_found_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_device_sightings_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "method", "key", name=op.f("pk_device_sightings")),
    )
    op.create_index(
        op.f("ix_device_sightings_tenant_agent_in_view"),
        "device_sightings",
        ["tenant", "agent", "in_view"],
        unique=False,
    )
    op.create_index(
        op.f("ix_device_sightings_tenant_device_in_view_agent"),
        "device_sightings",
        ["tenant", "device", "in_view", "agent"],
        unique=False,
    )
    op.create_index(
        op.f("ix_device_sightings_tenant_fingerprint_uuid"),
        "device_sightings",
        ["tenant", "fingerprint", "uuid"],
        unique=False,
    )
    op.create_index(
        op.f("ix_device_sightings_tenant_host_uuid"), "device_sightings", ["tenant", "host", "uuid"], unique=False
    )
    op.create_index(
        op.f("ix_device_sightings_tenant_mac_uuid"), "device_sightings", ["tenant", "mac", "uuid"], unique=False
    )
    op.create_index(op.f("ix_device_sightings_tenant_serial"), "device_sightings", ["tenant", "serial"], unique=False)
    op.create_index(op.f("ix_device_sightings_tenant_uuid"), "device_sightings", ["tenant", "uuid"], unique=False)
    op.create_table(
        "device_sweeps",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_view", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("packets", sa.Integer(), nullable=True),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_device_sweeps_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_device_sweeps_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "method", name=op.f("pk_device_sweeps")),
    )
    op.add_column("printers", sa.Column("device", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_printers_tenant_device"), "printers", ["tenant", "device"], unique=False)


def downgrade() -> None:
    """From this revision."""
    op.drop_index(op.f("ix_printers_tenant_device"), table_name="printers")
    op.drop_column("printers", "device")
    op.drop_table("device_sweeps")
    op.drop_index(op.f("ix_device_sightings_tenant_uuid"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_serial"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_mac_uuid"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_host_uuid"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_fingerprint_uuid"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_device_in_view_agent"), table_name="device_sightings")
    op.drop_index(op.f("ix_device_sightings_tenant_agent_in_view"), table_name="device_sightings")
    op.drop_table("device_sightings")
    op.drop_index(op.f("ix_device_intakes_tenant_day"), table_name="device_intakes")
    op.drop_table("device_intakes")
    op.drop_index(op.f("ix_device_changes_tenant_device_at_id"), table_name="device_changes")
    op.drop_table("device_changes")
    op.drop_index(op.f("ix_found_devices_tenant_listed_id"), table_name="found_devices")
    op.drop_table("found_devices")
