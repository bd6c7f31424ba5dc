"""Tables of what one article states about the accused, every fact with its evidence.

Refuses victims, witnesses, officials and minors: there is no table that could hold them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Float, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from extraction.model import CountryRole, Offence, Stage
from extraction.model.palermo import ElementKind
from storage.tables.base import Base, CleanText, EnumText, UtcTime, few, json_list

REPORT = "report.article_id"


class ReportRow(Base):
    """One reading of one article; all facts hang on it and go with it. `title` has others' names masked."""

    __tablename__ = "report"

    article_id: Mapped[str] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    relevant: Mapped[bool]
    relevance_score: Mapped[float] = mapped_column(Float)
    language_read: Mapped[bool]
    extractor_version: Mapped[str] = mapped_column(String(64))
    text_version: Mapped[int]
    read_version: Mapped[int]
    title: Mapped[str | None] = mapped_column(CleanText)
    doubts: Mapped[dict[str, int]] = mapped_column(json_list())
    minors_withheld: Mapped[int]
    victims_withheld: Mapped[int]
    unproven_withheld: Mapped[int]
    read_at: Mapped[dt.datetime] = mapped_column(UtcTime)


class AccusedRow(Base):
    """A person accused in this article; `n` is the order in the report.

    Holds what stands: the human's word where there is one (the machine's original is `mention.machine`).
    `withheld` says why nobody outside may see it ("rejected"; "taken_down"; "look_alike": like somebody who was
    rejected or taken down; "cleared_anew": a later reading clears whom a human had accepted); else None.
    """

    __tablename__ = "accused"
    __table_args__ = (Index(None, "stage", "article_id"), few("withheld"))

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(CleanText)
    aliases: Mapped[list[str]] = mapped_column(json_list())
    stage: Mapped[Stage] = mapped_column(EnumText(Stage))
    stage_date: Mapped[str | None] = mapped_column(String(32))
    age: Mapped[int | None]
    nationality: Mapped[str | None] = mapped_column(String(2))
    score: Mapped[float] = mapped_column(Float)
    mention_id: Mapped[str | None] = mapped_column(String(20), index=True)
    withheld: Mapped[str | None] = mapped_column(String(32))


class CourtFactRow(Base):
    """A court that the story names for the proceedings."""

    __tablename__ = "court_fact"

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(CleanText)


class VictimCountRow(Base):
    """How many victims the story states, by sex and age band: a number with its evidence, never a name."""

    __tablename__ = "victim_count"

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]
    sex: Mapped[str] = mapped_column(String(16))  # female, male, unknown
    age_band: Mapped[str] = mapped_column(String(16))  # child, adult, unknown


class ElementRow(Base):
    """What the story says of the crime, whoever it accuses: an act, a means, a purpose or a sign of forced labour.

    A fact about the text, not a finding of a court; `value` is one of `extraction.model.palermo.VALUES[kind]`.
    """

    __tablename__ = "element_fact"

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ElementKind] = mapped_column(EnumText(ElementKind), primary_key=True)
    value: Mapped[str] = mapped_column(String(48), primary_key=True)


class OffenceRow(Base):
    """One offence category of one accused."""

    __tablename__ = "accused_offence"
    __table_args__ = (
        ForeignKeyConstraint(["article_id", "n"], ["accused.article_id", "accused.n"], ondelete="CASCADE"),
    )

    article_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    offence: Mapped[Offence] = mapped_column(EnumText(Offence), primary_key=True)


class ChargeRow(Base):
    """One charge as worded."""

    __tablename__ = "charge"
    __table_args__ = (
        ForeignKeyConstraint(["article_id", "n"], ["accused.article_id", "accused.n"], ondelete="CASCADE"),
    )

    article_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    k: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(CleanText)
    offences: Mapped[list[str]] = mapped_column(json_list())
    statute: Mapped[str | None] = mapped_column(CleanText)
    section: Mapped[str | None] = mapped_column(CleanText)


class PenaltyRow(Base):
    """One penalty as worded, with the parts that could be read.

    `parts` holds what has no column of its own, by the field of `Penalty` ("probation_months", "regime",
    "fine_amount", "fine_currency"); a key that is not there was not said.
    """

    __tablename__ = "penalty"
    __table_args__ = (
        ForeignKeyConstraint(["article_id", "n"], ["accused.article_id", "accused.n"], ondelete="CASCADE"),
    )

    article_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    k: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(CleanText)
    months: Mapped[int | None]
    life: Mapped[bool]
    suspended: Mapped[bool]
    fine: Mapped[str | None] = mapped_column(CleanText)
    parts: Mapped[dict[str, Any]] = mapped_column(json_list(), server_default="{}")


class CountryFactRow(Base):
    """A country's part in the story."""

    __tablename__ = "country_fact"
    __table_args__ = (Index(None, "country", "role", "article_id"),)

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    role: Mapped[CountryRole] = mapped_column(EnumText(CountryRole), primary_key=True)
    score: Mapped[float] = mapped_column(Float)


class OrganisationRow(Base):
    """A company or group accused in this article."""

    __tablename__ = "accused_organisation"

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(CleanText, primary_key=True)


class EvidenceRow(Base):
    """A span that a fact rests on.

    `fact` says which: "relevance", "accused/<n>/<field>", "accused/<n>/charge/<k>", "accused/<n>/penalty/<k>",
    "country/<code>/<role>", "court/<k>", "victims/<k>", "element/<kind>/<value>". `quote` is the text from `start`
    to `end`, with others' names masked; `prefix` and `suffix` are what stands around it, masked too, of the facts
    that a feed shows (name, stage, charge, penalty of an accused). None for elements, beside which victims are
    named most, for all others, and for what was read before there were any.
    """

    __tablename__ = "evidence"

    article_id: Mapped[str] = mapped_column(ForeignKey(REPORT, ondelete="CASCADE"), primary_key=True)
    fact: Mapped[str] = mapped_column(String(64), primary_key=True)
    k: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int]
    end: Mapped[int]
    quote: Mapped[str] = mapped_column(CleanText)
    rule: Mapped[str] = mapped_column(String(100))
    score: Mapped[float] = mapped_column(Float)
    prefix: Mapped[str | None] = mapped_column(CleanText)
    suffix: Mapped[str | None] = mapped_column(CleanText)
