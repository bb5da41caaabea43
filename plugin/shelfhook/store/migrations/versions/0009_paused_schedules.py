"""Schedules that a person has paused: by whom, from when, until when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the switch to the schedules."""
    paused_by = sa.Column("paused_by", sa.Text(), server_default="", nullable=False)
    op.add_column("schedules", paused_by)
    op.add_column("schedules", sa.Column("paused_from", sa.Double()))
    op.add_column("schedules", sa.Column("paused_until", sa.Double()))


def downgrade() -> None:
    """Take it away again."""
    for name in ("paused_until", "paused_from", "paused_by"):
        op.drop_column("schedules", name)
