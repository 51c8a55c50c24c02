"""The tunnel at the hub: which printers use it, who reached their devices when, what a tenant may send through it."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("printers", sa.Column("tunnel", sa.JSON(), nullable=True))
    op.add_column("devices", sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "tunnel_limits",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("bytes_most", sa.BigInteger(), nullable=False),
        sa.Column("jobs_most", sa.Integer(), nullable=False),
        sa.Column("bytes_waiting_most", sa.BigInteger(), nullable=False),
        sa.Column("keep_s", sa.Integer(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_tunnel_limits_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_tunnel_limits")),
    )
    op.create_table(
        "tunnel_serving",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "printer"],
            ["printers.tenant", "printers.id"],
            name=op.f("fk_tunnel_serving_tenant_printer_printers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_tunnel_serving_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "printer", name=op.f("pk_tunnel_serving")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_table("tunnel_serving")
    op.drop_table("tunnel_limits")
    op.drop_column("devices", "reached_at")
    op.drop_column("printers", "tunnel")
