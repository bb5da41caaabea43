"""What is told to others: callbacks of jobs, notifications, digests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and to each job when its end was told; of old ones nobody shall hear."""
    op.create_table(
        "job_callbacks",
        sa.Column("job_num", Number, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_num"], ["jobs.num"], name=op.f("fk_job_callbacks_job_num"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_num", "url", name=op.f("pk_job_callbacks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outgoing",
        sa.Column("id", Number, nullable=False),
        sa.Column("job_num", Number, nullable=True),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("target", sa.Text(), server_default="", nullable=False),
        sa.Column("receiver", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("settled_at", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["job_num"], ["jobs.num"], name=op.f("fk_outgoing_job_num"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("job_num", "channel", "target", name=op.f("uq_outgoing_job_num_channel_target")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outgoing_pending",
        "outgoing",
        ["receiver", "due_at"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "digests",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_digests")),
    )
    op.add_column("jobs", sa.Column("told_at", sa.Double(), nullable=True))
    op.execute("UPDATE jobs SET told_at = COALESCE(finished_at, created_at) WHERE state IN ('completed', 'failed', 'cancelled')")
    op.create_index("ix_jobs_told_at", "jobs", ["told_at"])


def downgrade() -> None:
    """Take it all away again."""
    op.drop_index("ix_jobs_told_at", "jobs")
    op.drop_column("jobs", "told_at")
    op.drop_table("digests")
    op.drop_table("outgoing")
    op.drop_table("job_callbacks")
