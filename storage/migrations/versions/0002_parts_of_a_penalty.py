"""Parts of a penalty.

Refuses nothing beyond the change it names.

Revision: 0002, after: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision: rows of before keep an empty object, which says that nothing more was read."""
    op.add_column("penalty", sa.Column("parts", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Back from it."""
    op.drop_column("penalty", "parts")
