"""Queues that agents share: what is told of them, which printers they are, and what tenants say of sharing."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("printers", sa.Column("share", sa.String(length=36), nullable=True))
    op.create_table(
        "shares",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=254), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("defaults", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_shares_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_shares_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_shares")),
    )
    op.create_index(op.f("ix_shares_tenant_agent"), "shares", ["tenant", "agent"], unique=False)
    op.create_index(op.f("ix_shares_tenant_printer"), "shares", ["tenant", "printer"], unique=False)
    op.create_table(
        "sharing_rules",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("allow", sa.JSON(), nullable=False),
        sa.Column("deny", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_sharing_rules_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_sharing_rules")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_table("sharing_rules")
    op.drop_index(op.f("ix_shares_tenant_printer"), table_name="shares")
    op.drop_index(op.f("ix_shares_tenant_agent"), table_name="shares")
    op.drop_table("shares")
    op.drop_column("printers", "share")
