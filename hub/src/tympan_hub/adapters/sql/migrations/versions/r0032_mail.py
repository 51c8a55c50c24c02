"""Addresses to which people send what shall be printed."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "mail_addresses",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=8), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("sides", sa.String(length=32), nullable=True),
        sa.Column("color", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_mail_addresses_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_mail_addresses_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "person", name=op.f("pk_mail_addresses")),
        sa.UniqueConstraint("hash", name=op.f("uq_mail_addresses_hash")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_table("mail_addresses")
