"""Whose a finding is, by names that people know."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = ("series", "library")


def upgrade() -> None:
    """Add title of the series and id of the library to the findings."""
    for name in COLUMNS:
        op.add_column("findings", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Take them away again."""
    for name in COLUMNS:
        op.drop_column("findings", name)
