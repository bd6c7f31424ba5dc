"""${message}.

Refuses nothing beyond the change it names.

Revision: ${up_revision}, after: ${down_revision | comma,n}
"""
# ruff: noqa: PLR0915 - one statement a table and index, in their order

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Back from it."""
    ${downgrades if downgrades else "pass"}
