"""Findings, what is known of each item, and what undo needs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables `findings` and `item_states`, and columns of jobs and changes."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "jobs", sa.Column("everything", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("changes", sa.Column("action", sa.Text(), server_default="", nullable=False))
    op.add_column("changes", sa.Column("left_as", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_changes_gathered",
        "changes",
        ["job_num", "entity", "entity_id"],
        unique=False,
        sqlite_where=sa.text("state = 'gathered'"),
        postgresql_where=sa.text("state = 'gathered'"),
    )
    op.create_table(
        "findings",
        sa.Column("id", number, nullable=False),
        sa.Column("job_num", number, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("remedy", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
        sa.ForeignKeyConstraint(
            ["job_num", "seq"],
            ["job_items.job_num", "job_items.seq"],
            name=op.f("fk_findings_job_num_seq"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_findings_job_num_seq", "findings", ["job_num", "seq"], unique=False)
    op.create_table(
        "item_states",
        sa.Column("routine", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("recipe", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("job_num", number, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("routine", "host", "item_id", name=op.f("pk_item_states")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_item_states_failing",
        "item_states",
        ["host", "routine"],
        unique=False,
        sqlite_where=sa.text("failures > 0"),
        postgresql_where=sa.text("failures > 0"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_item_states_failing", table_name="item_states")
    op.drop_table("item_states")
    op.drop_index("ix_findings_job_num_seq", table_name="findings")
    op.drop_table("findings")
    op.drop_index("ix_changes_gathered", table_name="changes")
    op.drop_column("changes", "left_as")
    op.drop_column("changes", "action")
    op.drop_column("jobs", "everything")
