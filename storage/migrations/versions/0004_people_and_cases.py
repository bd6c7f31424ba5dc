"""People and cases: mentions beside a human's word, persons, cases, judgements, users, and a log nobody edits.

Refuses to invent decisions: mentions of what was read before are made by the next resolution.

Revision: 0004, after: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARD = "the audit log is append-only"


def _guards(dialect: str) -> tuple[str, ...]:
    """Statements after which the database itself refuses to change or delete a line of the log."""
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{GUARD}'); END"
        return (
            f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit {refuse}",
            f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit {refuse}",
            # INSERT OR REPLACE deletes without asking the trigger above, unless recursive_triggers is on
            "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "  # noqa: S608 - constants
            f"WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) {refuse}",
        )
    return (
        "CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{GUARD}'; END $$",
        "CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard()",
        "CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_guard()",
    )


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "court_case",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("first_date", sa.String(length=32), nullable=True),
        sa.Column("last_date", sa.String(length=32), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_case")),
    )
    op.create_index(op.f("ix_court_case_country"), "court_case", ["country"], unique=False)
    op.create_table(
        "former_person",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_person")),
    )
    op.create_index(op.f("ix_former_person_person_id"), "former_person", ["person_id"], unique=False)
    op.create_table(
        "judgement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("left", sa.String(length=20), nullable=False),
        sa.Column("right", sa.String(length=20), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgement")),
    )
    op.create_index(op.f("ix_judgement_left_right"), "judgement", ["left", "right"], unique=False)
    op.create_index(op.f("ix_judgement_right"), "judgement", ["right"], unique=False)
    op.create_table(
        "mention",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("machine", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("extractor_version", sa.String(length=64), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("reject_reason", sa.String(length=32), nullable=True),
        sa.Column("human", sa.JSON(), nullable=True),
        sa.Column("reviewed_original", sa.JSON(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("urgency", sa.Float(), server_default="0", nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("unresolved", sa.Boolean(), nullable=False),
        sa.Column("traces", sa.JSON(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_article_id"), "mention", ["article_id"], unique=False)
    op.create_index(op.f("ix_mention_person_id"), "mention", ["person_id"], unique=False)
    op.create_index(op.f("ix_mention_unresolved"), "mention", ["unresolved"], unique=False)
    op.create_index(op.f("ix_mention_urgency_score"), "mention", ["urgency", "score"], unique=False)
    op.create_index(op.f("ix_mention_verdict_first_seen"), "mention", ["verdict", "first_seen"], unique=False)
    op.create_table(
        "name_count",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_name_count")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("nationality", sa.String(length=2), nullable=True),
        sa.Column("birth_year_min", sa.Integer(), nullable=True),
        sa.Column("birth_year_max", sa.Integer(), nullable=True),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("stage_date", sa.String(length=32), nullable=True),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_down", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_changed_at"), "person", ["changed_at"], unique=False)
    op.create_index(op.f("ix_person_taken_down"), "person", ["taken_down"], unique=False)
    op.create_table(
        "takedown",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mention_ids", sa.JSON(), nullable=False),
        sa.Column("joined_ids", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown")),
    )
    op.create_index(op.f("ix_takedown_person_id"), "takedown", ["person_id"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_user_account")),
    )
    op.create_table(
        "case_mention",
        sa.Column("mention_id", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["court_case.id"], name=op.f("fk_case_mention_case_id_court_case"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_case_mention_mention_id_mention"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_case_mention")),
    )
    op.create_index(op.f("ix_case_mention_case_id"), "case_mention", ["case_id"], unique=False)
    op.create_table(
        "mention_key",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("mention_id", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["mention_id"], ["mention.id"], name=op.f("fk_mention_key_mention_id_mention"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "mention_id", name=op.f("pk_mention_key")),
    )
    op.create_index(op.f("ix_mention_key_mention_id"), "mention_key", ["mention_id"], unique=False)
    op.create_table(
        "party",
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("stage_date", sa.String(length=32), nullable=True),
        sa.Column("cleared", sa.Boolean(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["court_case.id"], name=op.f("fk_party_case_id_court_case"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_party")),
    )
    op.create_index(op.f("ix_party_person_id"), "party", ["person_id"], unique=False)
    op.create_table(
        "person_name",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_name_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "folded", name=op.f("pk_person_name")),
    )
    op.create_index(op.f("ix_person_name_folded"), "person_name", ["folded"], unique=False)
    op.create_table(
        "syndication",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_syndication_article_id_article"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_syndication")),
    )
    op.create_index(op.f("ix_syndication_group_id"), "syndication", ["group_id"], unique=False)
    op.create_table(
        "syndication_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_syndication_band_article_id_article"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_syndication_band")),
    )
    op.create_index(op.f("ix_syndication_band_article_id"), "syndication_band", ["article_id"], unique=False)
    op.create_table(
        "court_fact",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("k", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["report.article_id"], name=op.f("fk_court_fact_article_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "k", name=op.f("pk_court_fact")),
    )
    op.create_table(
        "victim_count",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("k", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sex", sa.String(length=16), nullable=False),
        sa.Column("age_band", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["report.article_id"],
            name=op.f("fk_victim_count_article_id_report"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("article_id", "k", name=op.f("pk_victim_count")),
    )
    op.add_column("accused", sa.Column("mention_id", sa.String(length=20), nullable=True))
    op.add_column("accused", sa.Column("withheld", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_accused_mention_id"), "accused", ["mention_id"], unique=False)
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Back from it."""
    op.drop_index(op.f("ix_accused_mention_id"), table_name="accused")
    op.drop_column("accused", "withheld")
    op.drop_column("accused", "mention_id")
    op.drop_table("victim_count")
    op.drop_table("court_fact")
    op.drop_index(op.f("ix_syndication_band_article_id"), table_name="syndication_band")
    op.drop_table("syndication_band")
    op.drop_index(op.f("ix_syndication_group_id"), table_name="syndication")
    op.drop_table("syndication")
    op.drop_index(op.f("ix_person_name_folded"), table_name="person_name")
    op.drop_table("person_name")
    op.drop_index(op.f("ix_party_person_id"), table_name="party")
    op.drop_table("party")
    op.drop_index(op.f("ix_mention_key_mention_id"), table_name="mention_key")
    op.drop_table("mention_key")
    op.drop_index(op.f("ix_case_mention_case_id"), table_name="case_mention")
    op.drop_table("case_mention")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_takedown_person_id"), table_name="takedown")
    op.drop_table("takedown")
    op.drop_index(op.f("ix_person_taken_down"), table_name="person")
    op.drop_index(op.f("ix_person_changed_at"), table_name="person")
    op.drop_table("person")
    op.drop_table("name_count")
    op.drop_index(op.f("ix_mention_verdict_first_seen"), table_name="mention")
    op.drop_index(op.f("ix_mention_urgency_score"), table_name="mention")
    op.drop_index(op.f("ix_mention_unresolved"), table_name="mention")
    op.drop_index(op.f("ix_mention_person_id"), table_name="mention")
    op.drop_index(op.f("ix_mention_article_id"), table_name="mention")
    op.drop_table("mention")
    op.drop_index(op.f("ix_judgement_right"), table_name="judgement")
    op.drop_index(op.f("ix_judgement_left_right"), table_name="judgement")
    op.drop_table("judgement")
    op.drop_index(op.f("ix_former_person_person_id"), table_name="former_person")
    op.drop_table("former_person")
    op.drop_index(op.f("ix_court_case_country"), table_name="court_case")
    op.drop_table("court_case")
    op.drop_index(op.f("ix_audit_subject"), table_name="audit")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    op.drop_table("audit")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_guard()")
