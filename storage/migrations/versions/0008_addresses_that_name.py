"""Whether an address of a story holds the name of a victim, a witness, a minor or a bystander.

Refuses to guess for stories of before: of those no list gives more than the site until the text is read again.

Revision: 0008, after: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("article_copy", sa.Column("names_others", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Back from it."""
    op.drop_column("article_copy", "names_others")
