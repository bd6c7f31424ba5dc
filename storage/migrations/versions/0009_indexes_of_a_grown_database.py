"""Indexes for what a million stories and 200,000 persons would else be looked through for.

Refuses columns: nothing is stored that was not, so that a database of before loses and gains no row.

Revision: 0009, after: 0008
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = (
    ("article_copy", ("fetched_at",)),
    ("article_copy", ("country", "article_id")),
    ("country_fact", ("country", "role", "article_id")),
    ("crawl_run", ("kind", "source_id", "id")),
    ("crawl_run", ("kind", "started")),
    ("former_person", ("at",)),
)
FEW = (
    ("accused", ("withheld",), "withheld IS NOT NULL"),
    ("mention", ("reviewed_at",), "reviewed_at IS NOT NULL"),
    ("mention", ("reject_reason",), "reject_reason IS NOT NULL"),
    ("mention", ("verdict",), "n IS NULL"),
    ("judgement", ("by",), "\"by\" != 'machine'"),
    ("judgement", ("score", "left", "right"), "verdict = 'unsure'"),
)
"""Of some rows alone: few there are, and others cost nothing."""
TRUE = (
    ("mention", "unresolved"), ("person", "taken_down"), ("mention", "reopened"), ("party", "cleared"),
    ("party", "doubtful"),
)  # fmt: skip
"""Of the rows where this is true; the first two had an index of all."""
BEFORE = 2


def upgrade() -> None:
    """To this revision."""
    for table, column in TRUE[:BEFORE]:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    for table, columns in WHOLE:
        op.create_index(_name(table, columns), table, list(columns))
    for table, columns, where in FEW:
        _create(table, columns, where, where)
    for table, column in TRUE:
        _create(table, (column,), f"{column} IS 1", f"{column} IS true")


def downgrade() -> None:
    """Back from it."""
    of_few = [(table, columns) for table, columns, _ in FEW]
    of_true = [(table, (column,)) for table, column in TRUE]
    for table, columns in (*of_true, *of_few, *WHOLE):
        op.drop_index(_name(table, columns), table_name=table)
    for table, column in TRUE[:BEFORE]:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _create(table: str, columns: Sequence[str], sqlite: str, postgres: str) -> None:
    op.create_index(
        _name(table, columns),
        table,
        list(columns),
        sqlite_where=sa.text(sqlite),
        postgresql_where=sa.text(postgres),
    )


def _name(table: str, columns: Sequence[str]) -> str:
    return str(op.f(f"ix_{table}_{'_'.join(columns)}"))
