"""Everything about one mention that a reviewer sees, and the digest of it that a decision carries.

Refuses others' names in a quote, those of withheld co-accused too, and to show any name that had to go.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from extraction.model.palermo import ElementKind
from storage.erasure import forms_of
from storage.records.people import (
    FACT_FIELDS,
    Difference,
    RecordView,
    ShownElement,
    ShownEvidence,
    Verdict,
)
from storage.summaries import record_summaries
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import AccusedRow, ChargeRow, CountryFactRow, EvidenceRow, PenaltyRow
from storage.tables.people import MentionRow
from storage.withheld_names import Mask, withheld_names
from storage.words import as_facts, standing


def record_view(session: Session, row: MentionRow) -> RecordView:
    """The record of a mention, whole."""
    here = MentionRow.article_id == row.article_id
    ids = session.scalars(
        select(MentionRow.id).where(here, MentionRow.n.is_not(None)).order_by(MentionRow.n)
    ).all()
    summaries = record_summaries(session, {*ids, row.id})
    copies = session.scalars(
        select(CopyRow)
        .where(CopyRow.article_id == row.article_id)
        .order_by(CopyRow.fetched_at, CopyRow.address_key)
    ).all()
    text = session.scalar(select(ArticleRow.text).where(ArticleRow.id == row.article_id))
    values = standing(row)
    named = row.name is not None
    found = _facts(session, row)
    hidden = withheld_names(session, [row.article_id]).get(row.article_id)
    mask: Mask = str if hidden is None else hidden.mask(forms_of(row))
    return RecordView(
        summary=summaries[row.id],
        text=text or "",
        urls=tuple(copy.url for copy in copies),
        language=copies[0].language if copies else None,
        machine=as_facts(row.machine) if named and row.n is not None else None,
        stands=as_facts(values) if named and values else None,
        human=dict(row.human or {}),
        charges=tuple(dict.fromkeys(map(mask, found.charges))),
        penalties=tuple(dict.fromkeys(map(mask, found.penalties))),
        countries=_countries(session, row.article_id),
        evidence=tuple(replace(one, quote=mask(one.quote)) for one in found.evidence),
        verdict=row.verdict,
        reject_reason=row.reject_reason,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        reopened=row.reopened,
        differences=differences(row),
        extractor_version=row.extractor_version,
        seen=_seen(row, found),
        others=tuple(summaries[one] for one in ids if one != row.id and one in summaries),
        elements=tuple(_elements(session, row.article_id, mask)),
    )


def seen(session: Session, row: MentionRow) -> str:
    """The digest of what would be shown now."""
    return _seen(row, _facts(session, row))


def differences(row: MentionRow) -> tuple[Difference, ...]:
    """What the machine reads differently since a human spoke of it; nothing when it no longer finds it."""
    reviewed = row.reviewed_original
    if reviewed is None or row.n is None or not row.machine:
        return ()
    return tuple(
        Difference(
            field=field,
            before=shown(reviewed.get(field)),
            now=shown(row.machine.get(field)),
            human=shown(row.human[field]) if row.human and field in row.human else None,
        )
        for field in FACT_FIELDS
        if reviewed.get(field) != row.machine.get(field)
    )


def shown(value: Any) -> str | None:
    """A value of a field as a text; None where there is nothing."""
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value)) or None
    return None if value is None else str(value)


class _Facts:
    """What hangs on a mention's row of `accused`; nothing when there is none."""

    def __init__(self) -> None:
        self.withheld: str | None = None
        self.charges: tuple[str, ...] = ()
        self.penalties: tuple[str, ...] = ()
        self.evidence: tuple[ShownEvidence, ...] = ()


def _facts(session: Session, row: MentionRow) -> _Facts:
    found = _Facts()
    if row.n is None:
        return found
    key = {"article_id": row.article_id, "n": row.n}
    one = session.get(AccusedRow, key)
    found.withheld = None if one is None else one.withheld
    charges = select(ChargeRow.text).filter_by(**key).order_by(ChargeRow.k)
    found.charges = tuple(dict.fromkeys(session.scalars(charges)))
    penalties = select(PenaltyRow.text).filter_by(**key).order_by(PenaltyRow.k)
    found.penalties = tuple(dict.fromkeys(session.scalars(penalties)))
    begin = f"accused/{row.n}/"
    proofs = session.scalars(
        select(EvidenceRow)
        .where(EvidenceRow.article_id == row.article_id, EvidenceRow.fact.startswith(begin, autoescape=True))
        .order_by(EvidenceRow.start, EvidenceRow.fact, EvidenceRow.k)
    )
    found.evidence = tuple(_shown(proof, proof.fact.removeprefix(begin)) for proof in proofs)
    return found


def _shown(proof: EvidenceRow, fact: str) -> ShownEvidence:
    return ShownEvidence(
        fact=fact, start=proof.start, end=proof.end, quote=proof.quote, rule=proof.rule, score=proof.score
    )


def _elements(session: Session, article_id: str, mask: Mask) -> Iterator[ShownElement]:
    """What the text says of the crime, in the order of the lists."""
    query = select(EvidenceRow).where(EvidenceRow.article_id == article_id, EvidenceRow.fact.like("element/%"))
    found: dict[tuple[int, str], list[ShownEvidence]] = defaultdict(list)
    kinds = list(ElementKind)
    for proof in session.scalars(query.order_by(EvidenceRow.fact, EvidenceRow.k)):
        _, kind, value = proof.fact.split("/")
        one = _shown(proof, proof.fact)
        found[kinds.index(ElementKind(kind)), value].append(replace(one, quote=mask(one.quote)))
    for (kind_at, value), spans in sorted(found.items()):
        yield ShownElement(kind=kinds[kind_at], value=value, evidence=tuple(spans))


def _countries(session: Session, article_id: str) -> Mapping[str, tuple[str, ...]]:
    query = select(CountryFactRow.role, CountryFactRow.country).where(CountryFactRow.article_id == article_id)
    found: dict[str, list[str]] = defaultdict(list)
    for role, country in session.execute(query):
        found[role.value].append(country)
    return {role: tuple(sorted(codes)) for role, codes in sorted(found.items())}


def _seen(row: MentionRow, found: _Facts) -> str:
    """Facts, evidence, text and the word on them; not the version, where it reads the same."""
    verdict = row.verdict.value if isinstance(row.verdict, Verdict) else None
    said = [
        row.id, row.article_id, row.n is not None, row.machine, verdict, row.reject_reason, row.human,
        row.reviewed_original, row.reviewed_by, None if row.reviewed_at is None else row.reviewed_at.isoformat(),
        found.withheld, found.charges, found.penalties,
        [(one.fact, one.start, one.end, one.quote) for one in found.evidence],
    ]  # fmt: skip
    plain = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()[:32]
