"""Scans, and the networks agents are in."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_WORD, _ID, _NAME = 63, 32, 254


def upgrade() -> None:
    """To this revision."""
    _scans()
    _parts()
    _networks()


def downgrade() -> None:
    """From this revision."""
    op.drop_table("agent_networks")
    op.drop_table("scan_parts")
    op.drop_table("scans")


def _scans() -> None:
    op.create_table(
        "scans",
        sa.Column("tenant", sa.String(length=_WORD), nullable=False),
        sa.Column("id", sa.String(length=_ID), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("per_second", sa.Integer(), nullable=False),
        sa.Column("addresses", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("unreached", sa.Integer(), nullable=False),
        sa.Column("agents", sa.JSON(), nullable=False),
        sa.Column("ordered_by", sa.String(length=_NAME), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_by", sa.String(length=_NAME), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_scans")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_scans_tenant_tenants"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_scans_tenant_ordered_at_id"), "scans", ["tenant", "ordered_at", "id"])


def _parts() -> None:
    op.create_table(
        "scan_parts",
        sa.Column("tenant", sa.String(length=_WORD), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scan", sa.String(length=_ID), nullable=False),
        sa.Column("agent", sa.String(length=_ID), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("probed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_scan_parts")),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_scan_parts_tenant_tenants"), ondelete="CASCADE"
        ),
        _of("scan_parts", "scan", "scans"),
        _of("scan_parts", "agent", "agents"),
    )
    for columns in (("scan",), ("agent", "standing"), ("standing", "scan")):
        _index("scan_parts", "tenant", *columns)


def _networks() -> None:
    op.create_table(
        "agent_networks",
        sa.Column("tenant", sa.String(length=_WORD), nullable=False),
        sa.Column("agent", sa.String(length=_ID), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.Column("first", sa.String(length=33), nullable=False),
        sa.Column("last", sa.String(length=33), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "agent", "network", name=op.f("pk_agent_networks")),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_agent_networks_tenant_tenants"), ondelete="CASCADE"
        ),
        _of("agent_networks", "agent", "agents"),
    )
    _index("agent_networks", "tenant", "network", "agent")
    _index("agent_networks", "tenant", "first", "last")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f("_".join(("ix", table, *columns))), table, list(columns))


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", column],
        [f"{other}.tenant", f"{other}.id"],
        name=op.f(f"fk_{table}_tenant_{column}_{other}"),
        ondelete="CASCADE",
    )
