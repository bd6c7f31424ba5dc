"""Tables of who is who: mentions with the machine's original and a human's word, persons, cases, judgements.

Refuses victims, witnesses and minors, as the fact tables do: a mention that turns out to be one loses its name.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from extraction.model import Stage
from storage.records.people import MACHINE, JudgementVerdict, RejectReason, UserRole, Verdict
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime, few, few_true, json_list

MENTION = String(20)
PERSON = String(24)


class MentionRow(Base):
    """One accused in one text, over all readings of it. No foreign key: a human's word outlives a text.

    `n` is the row of `accused` now, None when the machine no longer finds it. `machine` is the machine's latest
    original (`FACT_FIELDS`), never overwritten by a human; the human's word stands beside it, with the original
    that it was said of. `accused` itself holds what stands: the human's word where there is one.
    `digests` are of every form of the name: they outlive the name where that had to go.
    """

    __tablename__ = "mention"
    __table_args__ = (
        Index(None, "verdict", "first_seen"),
        Index(None, "urgency", "score"),
        few("reviewed_at"),
        few("reject_reason"),
        few("verdict", where="n IS NULL"),
        few_true("mention", "reopened"),
        few_true("mention", "unresolved"),
    )

    id: Mapped[str] = mapped_column(MENTION, primary_key=True)
    article_id: Mapped[str] = mapped_column(String(64), index=True)
    n: Mapped[int | None]
    name: Mapped[str | None] = mapped_column(CleanText)  # the machine's; None once it had to go
    digests: Mapped[list[str]] = mapped_column(json_list())
    machine: Mapped[dict[str, Any]] = mapped_column(json_list())
    score: Mapped[float] = mapped_column(Float)
    extractor_version: Mapped[str] = mapped_column(String(64))
    first_seen: Mapped[dt.datetime] = mapped_column(UtcTime)
    verdict: Mapped[Verdict | None] = mapped_column(EnumText(Verdict))
    reject_reason: Mapped[RejectReason | None] = mapped_column(EnumText(RejectReason))
    human: Mapped[dict[str, Any] | None] = mapped_column(json_list())  # corrected fields only
    reviewed_original: Mapped[dict[str, Any] | None] = mapped_column(json_list())
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    reopened: Mapped[bool] = mapped_column(default=False)  # the original changed since
    urgency: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")  # `storage.urgency`; 0: decided
    person_id: Mapped[str | None] = mapped_column(PERSON, index=True)
    unresolved: Mapped[bool] = mapped_column(default=True)  # to be resolved (again)
    traces: Mapped[dict[str, Any]] = mapped_column(json_list(), default=dict, server_default="{}")  # look_alikes


class MentionKeyRow(Base):
    """A key under which a mention may meet others of the same person (blocking)."""

    __tablename__ = "mention_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    mention_id: Mapped[str] = mapped_column(
        ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class NameCountRow(Base):
    """In how many distinct stories' groups a part of a name was met: how common it is here."""

    __tablename__ = "name_count"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int]


class JudgementRow(Base):
    """An edge between two mentions: one person, two, or doubt. Undone, never deleted, when a human said it.

    `by` is a user's name, or "machine"; the machine's edges are replaced whenever it judges again.
    """

    __tablename__ = "judgement"
    __table_args__ = (
        Index(None, "left", "right"),
        few("by", where=f"\"by\" != '{MACHINE}'"),
        few("score", "left", "right", where=f"verdict = '{JudgementVerdict.UNSURE.value}'"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    left: Mapped[str] = mapped_column(MENTION)  # the lesser id
    right: Mapped[str] = mapped_column(MENTION, index=True)
    verdict: Mapped[JudgementVerdict] = mapped_column(EnumText(JudgementVerdict))
    score: Mapped[float | None] = mapped_column(Float)  # the machine's, also beside a human's verdict
    reasons: Mapped[list[str]] = mapped_column(json_list())
    by: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    undone_by: Mapped[str | None] = mapped_column(String(64))
    undone_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class PersonRow(Base):
    """A person over all stories. The id is "p-" and the id of the earliest mention; it survives growth."""

    __tablename__ = "person"
    __table_args__ = (few_true("person", "taken_down"),)

    id: Mapped[str] = mapped_column(PERSON, primary_key=True)
    name: Mapped[str] = mapped_column(CleanText)
    aliases: Mapped[list[str]] = mapped_column(json_list())
    nationality: Mapped[str | None] = mapped_column(String(2))
    birth_year_min: Mapped[int | None]
    birth_year_max: Mapped[int | None]
    countries: Mapped[list[str]] = mapped_column(json_list())  # of prosecution
    stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    stage_date: Mapped[str | None] = mapped_column(String(32))
    stories: Mapped[int]
    first_seen: Mapped[dt.datetime] = mapped_column(UtcTime)
    last_seen: Mapped[dt.datetime] = mapped_column(UtcTime)
    taken_down: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)


class PersonNameRow(Base):
    """A form of a person's name, folded, for search."""

    __tablename__ = "person_name"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    folded: Mapped[str] = mapped_column(CleanText, primary_key=True, index=True)


class FormerPersonRow(Base):
    """An id that a person had before a merge, or a takedown of mentions: where it points now (None: nowhere)."""

    __tablename__ = "former_person"

    id: Mapped[str] = mapped_column(PERSON, primary_key=True)
    person_id: Mapped[str | None] = mapped_column(PERSON, index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)


class SyndicationRow(Base):
    """The group of near-equal texts that a text belongs to, and the signature it was told by."""

    __tablename__ = "syndication"

    article_id: Mapped[str] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(64), index=True)  # the id of the earliest text of the group
    similarity: Mapped[float] = mapped_column(Float)  # to the text it was joined by; 1 where alone
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class BandRow(Base):
    """A band of a signature: texts that share one are compared."""

    __tablename__ = "syndication_band"

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CaseRow(Base):
    """A case: stories that report proceedings against the same persons. Victims are numbers, never names."""

    __tablename__ = "court_case"

    id: Mapped[str] = mapped_column(PERSON, primary_key=True)  # "c-" and the id of the earliest mention
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    first_date: Mapped[str | None] = mapped_column(String(32))
    last_date: Mapped[str | None] = mapped_column(String(32))
    stage: Mapped[Stage] = mapped_column(EnumText(Stage))  # the furthest that stands of any party
    summary: Mapped[dict[str, Any]] = mapped_column(json_list())  # courts, offences, charges, victims as counts


class PartyRow(Base):
    """A person in a case, with the stage that stands there now; `cleared` when proceedings ended without guilt."""

    __tablename__ = "party"
    __table_args__ = (few_true("party", "cleared"), few_true("party", "doubtful"))

    case_id: Mapped[str] = mapped_column(ForeignKey("court_case.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(PERSON, primary_key=True, index=True)
    stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    stage_date: Mapped[str | None] = mapped_column(String(32))
    cleared: Mapped[bool]
    doubtful: Mapped[bool]  # the order of conviction and acquittal is not known


class CaseMentionRow(Base):
    """Which case a mention speaks of."""

    __tablename__ = "case_mention"

    mention_id: Mapped[str] = mapped_column(ForeignKey("mention.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("court_case.id", ondelete="CASCADE"), index=True)


class TakedownRow(Base):
    """A person whose entry was taken down; names only as digests, so that whoever comes again is known."""

    __tablename__ = "takedown"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[str] = mapped_column(PERSON, index=True)
    reason: Mapped[str] = mapped_column(CleanText)
    mention_ids: Mapped[list[str]] = mapped_column(json_list())
    joined_ids: Mapped[list[str]] = mapped_column(json_list(), default=list, server_default="[]")  # came later
    digests: Mapped[list[str]] = mapped_column(json_list())
    countries: Mapped[list[str]] = mapped_column(json_list())
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    lifted_by: Mapped[str | None] = mapped_column(String(64))
    lifted_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class UserRow(Base):
    """Somebody who may log in. `epoch` rises when every session of the user must end."""

    __tablename__ = "user_account"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[UserRole] = mapped_column(EnumText(UserRole))
    token_hash: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    last_login: Mapped[dt.datetime | None] = mapped_column(UtcTime)


class AuditRow(Base):
    """A deed, never changed: triggers of the database refuse UPDATE and DELETE. No names of persons.

    `digest` is the SHA-256 of the row and the one before, so that a missing line shows.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    by: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64), index=True)  # "mention:…", "person:…", "user:…"
    detail: Mapped[dict[str, Any]] = mapped_column(json_list())
    digest: Mapped[str] = mapped_column(String(64))
