"""Uploads of agents, and their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "uploads",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_uploads_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_uploads_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_tenant_agent"), "uploads", ["tenant", "agent"], unique=False)
    op.create_index(
        op.f("ix_uploads_tenant_agent_name"),
        "uploads",
        ["tenant", "agent", "name"],
        unique=True,
        sqlite_where=sa.text("state <> 'leaving'"),
        postgresql_where=sa.text("state <> 'leaving'"),
    )
    op.create_index(
        op.f("ix_uploads_tenant_state_touched_at"), "uploads", ["tenant", "state", "touched_at"], unique=False
    )
    op.create_table(
        "upload_parts",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("upload", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("piece", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "upload"],
            ["uploads.tenant", "uploads.id"],
            name=op.f("fk_upload_parts_tenant_upload_uploads"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_upload_parts_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "upload", "number", name=op.f("pk_upload_parts")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_table("upload_parts")
    op.drop_table("uploads")
