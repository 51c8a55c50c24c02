"""Pull printing: release points, held jobs, releases, mirrors, grants, stations."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "stations",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_stations_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_stations")),
        sa.UniqueConstraint("hash", name=op.f("uq_stations_hash")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_stations_tenant_name")),
    )
    op.create_table(
        "near_doors",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("doors", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_near_doors_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_near_doors_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", name=op.f("pk_near_doors")),
    )
    op.create_table(
        "release_points",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("proximity", sa.String(length=16), nullable=True),
        sa.Column("kiosk", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "printer"],
            ["printers.tenant", "printers.id"],
            name=op.f("fk_release_points_tenant_printer_printers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_release_points_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "printer", name=op.f("pk_release_points")),
        sa.UniqueConstraint("code", name=op.f("uq_release_points_code")),
        sa.UniqueConstraint("kiosk", name=op.f("uq_release_points_kiosk")),
    )
    op.create_table(
        "held_wishes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("sides", sa.String(length=32), nullable=True),
        sa.Column("color", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "job"],
            ["jobs.tenant", "jobs.id"],
            name=op.f("fk_held_wishes_tenant_job_jobs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_held_wishes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "job", name=op.f("pk_held_wishes")),
    )
    op.create_table(
        "mirror_envelopes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_mirror_envelopes_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"],
            ["jobs.tenant", "jobs.id"],
            name=op.f("fk_mirror_envelopes_tenant_job_jobs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_mirror_envelopes_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "job", "agent", name=op.f("pk_mirror_envelopes")),
    )
    op.create_index(op.f("ix_mirror_envelopes_tenant_agent"), "mirror_envelopes", ["tenant", "agent"], unique=False)
    op.create_table(
        "mirror_copies",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_mirror_copies_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"],
            ["jobs.tenant", "jobs.id"],
            name=op.f("fk_mirror_copies_tenant_job_jobs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_mirror_copies_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "job", "agent", name=op.f("pk_mirror_copies")),
    )
    op.create_index(op.f("ix_mirror_copies_tenant_agent"), "mirror_copies", ["tenant", "agent"], unique=False)
    op.create_table(
        "mirrors",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("upload", sa.String(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_mirrors_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"], ["jobs.tenant", "jobs.id"], name=op.f("fk_mirrors_tenant_job_jobs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_mirrors_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "job", name=op.f("pk_mirrors")),
    )
    op.create_index(op.f("ix_mirrors_tenant_upload"), "mirrors", ["tenant", "upload"], unique=True)
    op.create_table(
        "passed_on",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_passed_on_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"], ["jobs.tenant", "jobs.id"], name=op.f("fk_passed_on_tenant_job_jobs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_passed_on_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "agent", "job", name=op.f("pk_passed_on")),
    )
    op.create_table(
        "release_grants",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_release_grants_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"],
            ["jobs.tenant", "jobs.id"],
            name=op.f("fk_release_grants_tenant_job_jobs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_release_grants_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_release_grants")),
    )
    op.create_index(
        op.f("ix_release_grants_tenant_expires_at"), "release_grants", ["tenant", "expires_at"], unique=False
    )
    op.create_index(op.f("ix_release_grants_tenant_job"), "release_grants", ["tenant", "job"], unique=False)
    op.create_table(
        "releases",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("point", sa.String(length=63), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("by_name", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "agent"],
            ["agents.tenant", "agents.id"],
            name=op.f("fk_releases_tenant_agent_agents"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "job"], ["jobs.tenant", "jobs.id"], name=op.f("fk_releases_tenant_job_jobs"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_releases_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_releases")),
    )
    op.create_index(
        "ix_releases_open_agent",
        "releases",
        ["tenant", "agent"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
    )
    op.create_index(op.f("ix_releases_tenant_batch"), "releases", ["tenant", "batch"], unique=False)
    op.create_index(op.f("ix_releases_tenant_ended_at"), "releases", ["tenant", "ended_at"], unique=False)
    op.create_index(op.f("ix_releases_tenant_job_asked_at"), "releases", ["tenant", "job", "asked_at"], unique=False)
    op.create_index(
        "uq_releases_open_job",
        "releases",
        ["tenant", "job"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
    )
    op.add_column("jobs", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("target", sa.String(length=63), server_default="", nullable=False))
    op.add_column("jobs", sa.Column("before", sa.JSON(), nullable=True))
    op.create_index(
        "ix_jobs_held",
        "jobs",
        ["tenant", "person", "user"],
        unique=False,
        sqlite_where=sa.text("standing = 'held'"),
        postgresql_where=sa.text("standing = 'held'"),
    )
    op.add_column("printers", sa.Column("pull", sa.JSON(), nullable=True))
    _badges()


def downgrade() -> None:
    """From this revision."""
    op.drop_table("badges")
    op.drop_column("printers", "pull")
    op.drop_index(
        "ix_jobs_held",
        table_name="jobs",
        sqlite_where=sa.text("standing = 'held'"),
        postgresql_where=sa.text("standing = 'held'"),
    )
    op.drop_column("jobs", "before")
    op.drop_column("jobs", "target")
    op.drop_column("jobs", "held_until")
    op.drop_index(
        "uq_releases_open_job",
        table_name="releases",
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
    )
    op.drop_index(op.f("ix_releases_tenant_job_asked_at"), table_name="releases")
    op.drop_index(op.f("ix_releases_tenant_ended_at"), table_name="releases")
    op.drop_index(op.f("ix_releases_tenant_batch"), table_name="releases")
    op.drop_index(
        "ix_releases_open_agent",
        table_name="releases",
        sqlite_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
        postgresql_where=sa.text("state IN ('waiting', 'taken', 'begun')"),
    )
    op.drop_table("releases")
    op.drop_index(op.f("ix_release_grants_tenant_job"), table_name="release_grants")
    op.drop_index(op.f("ix_release_grants_tenant_expires_at"), table_name="release_grants")
    op.drop_table("release_grants")
    op.drop_table("passed_on")
    op.drop_index(op.f("ix_mirrors_tenant_upload"), table_name="mirrors")
    op.drop_table("mirrors")
    op.drop_index(op.f("ix_mirror_copies_tenant_agent"), table_name="mirror_copies")
    op.drop_table("mirror_copies")
    op.drop_index(op.f("ix_mirror_envelopes_tenant_agent"), table_name="mirror_envelopes")
    op.drop_table("mirror_envelopes")
    op.drop_table("held_wishes")
    op.drop_table("release_points")
    op.drop_table("near_doors")
    op.drop_table("stations")


def _badges() -> None:
    op.create_table(
        "badges",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_badges_tenant_tenants"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_badges_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "digest", name=op.f("pk_badges")),
    )
    op.create_index(op.f("ix_badges_tenant_person"), "badges", ["tenant", "person"], unique=False)
