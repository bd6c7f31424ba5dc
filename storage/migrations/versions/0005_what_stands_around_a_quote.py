"""What stands around a quote: a few masked words before and after it, for selectors of the feed.

Refuses to invent them for quotes of before: those have none until their text is read again.

Revision: 0005, after: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("evidence", sa.Column("prefix", sa.Text(), nullable=True))
    op.add_column("evidence", sa.Column("suffix", sa.Text(), nullable=True))


def downgrade() -> None:
    """Back from it."""
    op.drop_column("evidence", "suffix")
    op.drop_column("evidence", "prefix")
