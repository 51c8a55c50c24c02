"""Groups of people, and a text in which people are looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    # Not in a batch: that would make the table anew, and with the old one everybody's session would go.
    op.add_column("people", sa.Column("sought", sa.Text(), nullable=False, server_default=""))
    _fill()
    op.create_index("ix_people_tenant_sought_id", "people", ["tenant", "sought", "id"])
    op.create_table(
        "groups",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_groups_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_groups")),
        sa.UniqueConstraint("tenant", "name", name=op.f("uq_groups_tenant_name")),
    )
    op.create_table(
        "memberships",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("group", sa.String(length=63), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "group"],
            ["groups.tenant", "groups.id"],
            name=op.f("fk_memberships_tenant_group_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_memberships_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_memberships_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "group", "person", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_tenant_person", "memberships", ["tenant", "person"])


def downgrade() -> None:
    """From this revision."""
    op.drop_table("memberships")
    op.drop_table("groups")
    op.drop_index("ix_people_tenant_sought_id", "people")
    op.drop_column("people", "sought")


def _fill() -> None:
    """The text of everybody there is; folded here, as databases fold ASCII alone, or by their own rules."""
    people = sa.table("people", *(sa.column(name) for name in ("id", "name", "email", "login", "sought")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(people)).all():
        text = f"{row.name} {row.email} {row.login}".casefold()
        connection.execute(people.update().where(people.c.id == row.id).values(sought=text))
