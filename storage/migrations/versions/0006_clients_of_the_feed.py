"""Clients of the feed's API, with the digests of their keys, and the log of what they asked for.

Refuses to guess: a database of before has no clients until somebody adds one.

Revision: 0006, after: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GUARD = "the log of accesses is never changed"


def _guards(dialect: str) -> tuple[str, ...]:
    """Statements after which the database refuses to change an access. Old ones may go: retention takes them."""
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{GUARD}'); END"
        return (
            f"CREATE TRIGGER api_access_no_update BEFORE UPDATE ON api_access {refuse}",
            # INSERT OR REPLACE changes a line without asking the trigger above
            "CREATE TRIGGER api_access_no_replace BEFORE INSERT ON api_access "  # noqa: S608 - constants
            f"WHEN EXISTS (SELECT 1 FROM api_access WHERE id = NEW.id) {refuse}",
        )
    return (
        "CREATE FUNCTION api_access_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{GUARD}'; END $$",
        "CREATE TRIGGER api_access_guard BEFORE UPDATE ON api_access "
        "FOR EACH ROW EXECUTE FUNCTION api_access_guard()",
        "CREATE TRIGGER api_access_guard_all BEFORE TRUNCATE ON api_access EXECUTE FUNCTION api_access_guard()",
    )


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "api_client",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_client")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_client_public_id")),
    )
    op.create_table(
        "api_access",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=True),
        sa.Column("route", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_access")),
    )
    op.create_index(op.f("ix_api_access_at"), "api_access", ["at"], unique=False)
    op.create_index(op.f("ix_api_access_client_at"), "api_access", ["client", "at"], unique=False)
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Back from it."""
    op.drop_index(op.f("ix_api_access_client_at"), table_name="api_access")
    op.drop_index(op.f("ix_api_access_at"), table_name="api_access")
    op.drop_table("api_access")
    op.drop_table("api_client")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION api_access_guard()")
