"""How far each file of others was taken, so that a cut ingest goes on where it was.

Refuses to forget: files that were taken to their end before stay taken, by the digest in their run's detail.

Revision: 0010, after: 0009
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


def upgrade() -> None:
    """To this revision."""
    table = op.create_table(
        "ingested_file",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ingested_file")),
    )
    runs = sa.table(
        "crawl_run",
        sa.column("id", sa.BigInteger()),
        sa.column("kind", sa.String()),
        sa.column("outcome", sa.String()),
        sa.column("finished", sa.DateTime(timezone=True)),
        sa.column("detail", sa.Text()),
    )
    query = sa.select(runs.c.id, runs.c.finished, runs.c.detail).where(
        runs.c.kind == "ingest", runs.c.outcome == "done", runs.c.finished.is_not(None)
    )
    taken: dict[str, dict[str, object]] = {}
    for run_id, finished, detail in op.get_bind().execute(query.order_by(runs.c.id)):
        found = _DIGEST.search(detail or "")
        if found is not None:
            taken[found.group(1)] = {
                "digest": found.group(1),
                "next_offset": 0,
                "done": True,
                "counts": {},
                "run_id": run_id,
                "updated": finished,
            }
    if taken:
        op.bulk_insert(table, list(taken.values()))


def downgrade() -> None:
    """Back from it."""
    op.drop_table("ingested_file")
