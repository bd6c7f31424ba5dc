"""What a story says of the crime: act, means, purpose and signs of forced labour, by their names in the lists.

Refuses to invent them for stories of before: those have none until their text is read again.

Revision: 0007, after: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "element_fact",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["report.article_id"],
            name=op.f("fk_element_fact_article_id_report"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "kind", "value", name=op.f("pk_element_fact")),
    )


def downgrade() -> None:
    """Back from it."""
    op.drop_table("element_fact")
    op.execute("DELETE FROM evidence WHERE fact LIKE 'element/%'")
