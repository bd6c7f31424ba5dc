"""Coverage that explains: months of counts, re-readings, events, reference figures, more facts of sources.

Refuses to trust months that were never counted: every month that holds anything is marked stale.

Revision: 0003, after: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; coverage is counted anew on its first use."""
    op.create_table(
        "coverage_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=True),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_event")),
    )
    op.create_index(op.f("ix_coverage_event_at"), "coverage_event", ["at"], unique=False)
    op.create_table(
        "reading_change",
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("from_version", sa.String(length=64), nullable=False),
        sa.Column("to_version", sa.String(length=64), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("on_topic_before", sa.Integer(), nullable=False),
        sa.Column("on_topic_after", sa.Integer(), nullable=False),
        sa.Column("named_before", sa.Integer(), nullable=False),
        sa.Column("named_after", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "source_id", "month", "from_version", "to_version", name=op.f("pk_reading_change")
        ),
    )
    op.create_table(
        "reference_figure",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("indicator", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("value_text", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("country", "year", "indicator", name=op.f("pk_reference_figure")),
    )
    op.create_table(
        "repeated_story",
        sa.Column("address_key", sa.String(length=32), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.Column("unread_language", sa.Boolean(), nullable=False),
        sa.Column("on_topic", sa.Boolean(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("published", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_repeated_story")),
    )
    op.create_index(op.f("ix_repeated_story_article_id"), "repeated_story", ["article_id"], unique=False)
    op.create_index(op.f("ix_repeated_story_source_id_day"), "repeated_story", ["source_id", "day"], unique=False)
    op.create_table(
        "source_month",
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "month", name=op.f("pk_source_month")),
    )
    op.create_table(
        "stale_month",
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "month", name=op.f("pk_stale_month")),
    )
    op.add_column("source", sa.Column("kind", sa.String(length=32), server_default="unknown", nullable=False))
    op.add_column("source", sa.Column("ownership", sa.String(length=32), server_default="unknown", nullable=False))
    op.add_column("source", sa.Column("access", sa.String(length=32), server_default="unknown", nullable=False))
    op.add_column("source", sa.Column("restrictions", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("source", sa.Column("discovery_digest", sa.String(length=16), nullable=True))
    _mark_all_stale()


def _mark_all_stale() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, column in (("coverage_day", "day"), ("article_copy", "fetched_at"), ("page", "fetched_at")):
        utc = column if column == "day" or is_sqlite else f"{column} AT TIME ZONE 'UTC'"
        month = f"date({utc}, 'start of month')" if is_sqlite else f"date_trunc('month', {utc})::date"
        op.execute(
            f"INSERT INTO stale_month (source_id, month) SELECT DISTINCT source_id, {month} FROM {table} "  # noqa: S608
            "WHERE source_id IS NOT NULL ON CONFLICT DO NOTHING"
        )


def downgrade() -> None:
    """Back from it."""
    op.drop_column("source", "discovery_digest")
    op.drop_column("source", "restrictions")
    op.drop_column("source", "access")
    op.drop_column("source", "ownership")
    op.drop_column("source", "kind")
    op.drop_table("stale_month")
    op.drop_table("source_month")
    op.drop_index(op.f("ix_repeated_story_source_id_day"), table_name="repeated_story")
    op.drop_index(op.f("ix_repeated_story_article_id"), table_name="repeated_story")
    op.drop_table("repeated_story")
    op.drop_table("reference_figure")
    op.drop_table("reading_change")
    op.drop_index(op.f("ix_coverage_event_at"), table_name="coverage_event")
    op.drop_table("coverage_event")
