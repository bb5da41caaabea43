"""What pages and lists read: samples, logs and rejections, who asked, and indexes for keysets."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INDEXES = (
    ("ix_jobs_state_num", "jobs", ["state", "num"], None),
    ("ix_jobs_routine_num", "jobs", ["routine", "num"], None),
    ("ix_jobs_host_num", "jobs", ["host", "num"], None),
    ("ix_jobs_trigger_num", "jobs", ["trigger", "num"], None),
    ("ix_jobs_parent", "jobs", ["parent"], "parent <> ''"),
    ("ix_events_dropped", "events", ["seq"], "state = 'dropped'"),
    ("ix_events_repeated", "events", ["seq"], "repeats > 0"),
    ("ix_findings_job_num_id", "findings", ["job_num", "id"], None),
    ("ix_findings_job_kind", "findings", ["job_num", "severity", "code", "id"], None),
    ("ix_findings_current", "findings", ["id"], "is_current"),
    ("ix_findings_current_kind", "findings", ["severity", "code", "id"], "is_current"),
    ("ix_findings_current_item", "findings", ["item_id", "id"], "is_current"),
    ("ix_fires_due_at", "fires", ["due_at", "id"], None),
)
FAILING = "ix_item_states_failing"


def upgrade() -> None:
    """Add the tables and columns, fill in what is known already, then make the indexes."""
    op.add_column("jobs", _text("requested_by"))
    op.add_column("events", _count("repeats", "0"))
    op.add_column("events", sa.Column("repeated_at", sa.Double()))
    op.add_column("findings", _text("item_id"))
    op.add_column(
        "findings",
        sa.Column("is_current", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _make_tables()
    op.execute(
        "UPDATE findings SET item_id = (SELECT i.item_id FROM job_items AS i"
        " WHERE i.job_num = findings.job_num AND i.seq = findings.seq)"
    )
    op.execute(
        "UPDATE findings SET is_current = true WHERE EXISTS (SELECT 1 FROM jobs AS j"
        " JOIN item_states AS s ON s.routine = j.routine AND s.host = j.host"
        " WHERE j.num = findings.job_num AND s.item_id = findings.item_id"
        " AND s.job_num = findings.job_num)"
    )
    for name, table, columns, where in INDEXES:
        _index(name, table, columns, where)
    op.drop_index(FAILING, table_name="item_states")
    _index(FAILING, "item_states", ["host", "routine", "item_id", "failures"], "failures > 0")


def downgrade() -> None:
    """Take them away again."""
    op.drop_index(FAILING, table_name="item_states")
    _index(FAILING, "item_states", ["host", "routine"], "failures > 0")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    for table in ("rejections", "job_log", "samples"):
        op.drop_table(table)
    for table, column in (
        ("findings", "is_current"),
        ("findings", "item_id"),
        ("events", "repeated_at"),
        ("events", "repeats"),
        ("jobs", "requested_by"),
    ):
        op.drop_column(table, column)


def _make_tables() -> None:
    op.create_table(
        "samples",
        sa.Column("job_num", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        _count("done", "0"),
        _count("failed", "0"),
        _count("limit_now", "0"),
        sa.PrimaryKeyConstraint("job_num", "at", name=op.f("pk_samples")),
        _of_job("samples"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_log",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("job_num", NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        _text("level"),
        _text("kind"),
        _text("message"),
        _count("count", "1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_log")),
        _of_job("job_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_log_job_num_id", "job_log", ["job_num", "id"])
    op.create_table(
        "rejections",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        _text("host"),
        _count("status", "0"),
        _text("reason"),
        _text("address"),
        _text("agent"),
        _count("count", "1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
        sa.UniqueConstraint(
            "minute",
            "host",
            "status",
            "reason",
            "address",
            name=op.f("uq_rejections_minute_host_status_reason_address"),
        ),
        sqlite_autoincrement=True,
    )


def _index(name: str, table: str, columns: list[str], where: str | None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)


def _of_job(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_job_num")
    return sa.ForeignKeyConstraint(["job_num"], ["jobs.num"], name=name, ondelete="CASCADE")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _count(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)
