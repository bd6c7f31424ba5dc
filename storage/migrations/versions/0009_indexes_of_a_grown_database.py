"""Indexes for what a million stories and 200,000 persons would else be looked through for.

Refuses columns: nothing is stored that was not, so that a database of before loses and gains no row.

Revision: 0009, after: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = (
    ("article_copy", ("fetched_at",)),
    ("crawl_run", ("kind", "source_id", "id")),
    ("crawl_run", ("kind", "started")),
    ("party", ("doubtful",)),
    ("party", ("cleared",)),
)
RARE = (
    ("accused", "withheld", "withheld IS NOT NULL"),
    ("mention", "reviewed_at", "reviewed_at IS NOT NULL"),
)
"""Of the rows that have the value: few have."""


def upgrade() -> None:
    """To this revision."""
    for table, columns in WHOLE:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for table, column, where in RARE:
        op.create_index(
            op.f(f"ix_{table}_{column}"),
            table,
            [column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def downgrade() -> None:
    """Back from it."""
    for table, column, _ in RARE:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    for table, columns in WHOLE:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
