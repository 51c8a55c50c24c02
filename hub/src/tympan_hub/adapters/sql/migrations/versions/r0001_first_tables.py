"""The hub's first tables."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _service(tenants: sa.Table) -> None:
    """The row under which everything of the service owner is kept."""
    row = {"id": "-service", "name": "Service", "created_at": dt.datetime.now(dt.UTC)}
    op.bulk_insert(tenants, [row])


def upgrade() -> None:
    """To this revision."""
    tenants = op.create_table(
        "tenants",
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    _service(tenants)
    op.create_table(
        "agents",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_agents_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_agents")),
        sa.UniqueConstraint("id", name=op.f("uq_agents_id")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=320), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_attempts_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempts_tenant_key_at"), ["tenant", "key", "at"], unique=False)

    op.create_table(
        "audit",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_audit_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "number", name=op.f("pk_audit")),
    )
    op.create_table(
        "people",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("login", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_people_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "policies",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("before", sa.String(length=8), nullable=True),
        sa.Column("after", sa.String(length=8), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_policies_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "number", name=op.f("pk_policies")),
    )
    op.create_table(
        "printers",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("uri", sa.String(length=1023), nullable=False),
        sa.Column("delivery", sa.String(length=8), nullable=False),
        sa.Column("location", sa.String(length=254), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_printers_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_printers")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_printers_tenant_name")),
    )
    op.create_table(
        "agent_keys",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_agent_keys_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_agent_keys_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "key", name=op.f("pk_agent_keys")),
    )
    op.create_table(
        "assertions",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("assertion", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_assertions_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_assertions_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "assertion", name=op.f("pk_assertions")),
    )
    with op.batch_alter_table("assertions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assertions_tenant_until"), ["tenant", "until"], unique=False)

    op.create_table(
        "devices",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("make_and_model", sa.Text(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("color", sa.Boolean(), nullable=True),
        sa.Column("duplex", sa.Boolean(), nullable=True),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_devices_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "printer"],
            ["printers.tenant", "printers.id"],
            name=op.f("fk_devices_tenant_printer_printers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_devices_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "printer", "agent", name=op.f("pk_devices")),
    )
    op.create_table(
        "enrolments",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_enrolments_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_enrolments_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("hash", name=op.f("uq_enrolments_hash")),
    )
    op.create_table(
        "jobs",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("story", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_jobs_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_jobs_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_tenant_created_at_id"), ["tenant", "created_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_jobs_tenant_printer_created_at"), ["tenant", "printer", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_jobs_tenant_user_created_at"), ["tenant", "user", "created_at"], unique=False
        )

    op.create_table(
        "queues",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("installed", sa.Boolean(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_queues_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "printer"],
            ["printers.tenant", "printers.id"],
            name=op.f("fk_queues_tenant_printer_printers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_queues_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "printer", "agent", name=op.f("pk_queues")),
    )
    op.create_table(
        "report_ids",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_report_ids_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_report_ids_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "id", name=op.f("pk_report_ids")),
    )
    with op.batch_alter_table("report_ids", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_ids_tenant_at"), ["tenant", "at"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_sessions_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_sessions_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "hash", name=op.f("pk_sessions")),
        sa.UniqueConstraint("hash", name=op.f("uq_sessions_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_tenant_person"), ["tenant", "person"], unique=False)


def downgrade() -> None:
    """Back to the one before."""
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_tenant_person"))

    op.drop_table("sessions")
    with op.batch_alter_table("report_ids", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_ids_tenant_at"))

    op.drop_table("report_ids")
    op.drop_table("queues")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_tenant_user_created_at"))
        batch_op.drop_index(batch_op.f("ix_jobs_tenant_printer_created_at"))
        batch_op.drop_index(batch_op.f("ix_jobs_tenant_created_at_id"))

    op.drop_table("jobs")
    op.drop_table("enrolments")
    op.drop_table("devices")
    with op.batch_alter_table("assertions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assertions_tenant_until"))

    op.drop_table("assertions")
    op.drop_table("agent_keys")
    op.drop_table("printers")
    op.drop_table("policies")
    op.drop_table("people")
    op.drop_table("audit")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_tenant_key_at"))

    op.drop_table("attempts")
    op.drop_table("agents")
    op.drop_table("tenants")
