"""Device codes, people signed in at agents, whose a job is, and agents that take the place of others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _device_codes()
    _sign_ins()
    with op.batch_alter_table("agents", schema=None) as agents:
        agents.add_column(sa.Column("replaces", sa.String(length=32), nullable=True))
    with op.batch_alter_table("enrolments", schema=None) as enrolments:
        enrolments.add_column(sa.Column("replaces", sa.String(length=32), nullable=True))
    with op.batch_alter_table("people", schema=None) as people:
        people.create_index(people.f("ix_people_tenant_login"), ["tenant", "login"], unique=False)
    with op.batch_alter_table("jobs", schema=None) as jobs:
        jobs.add_column(sa.Column("person", sa.String(length=32), nullable=True))
        jobs.create_index(jobs.f("ix_jobs_tenant_person_created_at"), ["tenant", "person", "created_at"], unique=False)


def downgrade() -> None:
    """From this revision."""
    with op.batch_alter_table("jobs", schema=None) as jobs:
        jobs.drop_index(jobs.f("ix_jobs_tenant_person_created_at"))
        jobs.drop_column("person")
    op.drop_index("ix_people_tenant_login", "people")
    for table in ("enrolments", "agents"):
        op.drop_column(table, "replaces")
    op.drop_table("sign_ins")
    op.drop_table("device_codes")


def _device_codes() -> None:
    op.create_table(
        "device_codes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_code", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=True),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("signs_in", sa.Boolean(), nullable=False),
        _of("device_codes", "agent", "agents"),
        _of("device_codes", "person", "people"),
        _tenant("device_codes"),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_device_codes")),
        sa.UniqueConstraint("hash", name=op.f("uq_device_codes_hash")),
        sa.UniqueConstraint("user_code", name=op.f("uq_device_codes_user_code")),
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _of("sign_ins", "agent", "agents"),
        _of("sign_ins", "person", "people"),
        _tenant("sign_ins"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as sign_ins:
        sign_ins.create_index(sign_ins.f("ix_sign_ins_tenant_agent_user"), ["tenant", "agent", "user"], unique=False)
        sign_ins.create_index(sign_ins.f("ix_sign_ins_tenant_person"), ["tenant", "person"], unique=False)


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_tenants")
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=name, ondelete="CASCADE")


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_{column}_{other}")
    return sa.ForeignKeyConstraint(
        ["tenant", column], [f"{other}.tenant", f"{other}.id"], name=name, ondelete="CASCADE"
    )
