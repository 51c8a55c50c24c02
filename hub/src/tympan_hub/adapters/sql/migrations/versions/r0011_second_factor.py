"""Second factors with recovery codes, people who are half signed in, and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.String(length=32)
_HASH = sa.String(length=64)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "second_factors",
        _tenant(),
        sa.Column("person", _ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        *_of_person("second_factors"),
        sa.PrimaryKeyConstraint("tenant", "person", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        _tenant(),
        sa.Column("person", _ID, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        *_of_person("recovery_codes"),
        sa.PrimaryKeyConstraint("tenant", "person", "hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "half_sign_ins",
        _tenant(),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("person", _ID, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("browser", sa.String(length=100), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_of_person("half_sign_ins"),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_half_sign_ins")),
        sa.UniqueConstraint("hash", name=op.f("uq_half_sign_ins_hash")),
    )
    op.create_index("ix_half_sign_ins_tenant_person", "half_sign_ins", ["tenant", "person"])
    op.create_table(
        "invitations",
        _tenant(),
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", _HASH, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended", sa.String(length=16)),
        _of_tenant("invitations"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("hash", name=op.f("uq_invitations_hash")),
    )
    op.create_index("ix_invitations_tenant_expires_at", "invitations", ["tenant", "expires_at"])


def downgrade() -> None:
    """From this revision."""
    for table in ("invitations", "half_sign_ins", "recovery_codes", "second_factors"):
        op.drop_table(table)


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(length=63), nullable=False)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_tenants"), ondelete="CASCADE"
    )


def _of_person(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    name = op.f(f"fk_{table}_tenant_person_people")
    there = ["people.tenant", "people.id"]
    return (
        _of_tenant(table),
        sa.ForeignKeyConstraint(["tenant", "person"], there, name=name, ondelete="CASCADE"),
    )
