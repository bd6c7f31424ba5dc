"""One report as rows: what is written, what is held back, and a human's word over what was read.

Refuses victims, officials and witnesses (they are dropped), minors, and anyone whose name is also a victim's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from extraction.model import Accused, CaseReport, Evidence, Offence, Person, Role, Stage
from extraction.model.palermo import ElementKind
from extraction.penalty_parts import penalty_parts
from extraction.version import version_key
from storage.counting import insert_into
from storage.masking import address_reader, holds, is_minor, masker, match_key, protected_names, victim_names
from storage.mentions import Placed, Readings
from storage.surroundings import Around, Span, around
from storage.tables.facts import (
    AccusedRow,
    ChargeRow,
    CountryFactRow,
    CourtFactRow,
    ElementRow,
    EvidenceRow,
    OffenceRow,
    OrganisationRow,
    PenaltyRow,
    ReportRow,
    VictimCountRow,
)

Rows = list[dict[str, Any]]
NOTHING: Mapping[Span, Around] = {}

PROVEN = ("name", "role", "stage")
"""Facts of an accused that must have a span; without one the person is counted, not stored."""
SHOWN = ("name", "stage")
"""Facts that a feed shows with what stands around their quotes; charges and penalties too."""


@dataclass(frozen=True, kw_only=True)
class FactRows:
    """Rows by table, in the order in which they may be inserted."""

    report: Rows = field(default_factory=list)
    accused: Rows = field(default_factory=list)
    offence: Rows = field(default_factory=list)
    charge: Rows = field(default_factory=list)
    penalty: Rows = field(default_factory=list)
    country: Rows = field(default_factory=list)
    organisation: Rows = field(default_factory=list)
    court: Rows = field(default_factory=list)
    victims: Rows = field(default_factory=list)
    element: Rows = field(default_factory=list)
    evidence: Rows = field(default_factory=list)

    def add(
        self,
        report: CaseReport,
        title: str | None,
        readings: Readings,
        now: dt.datetime,
        *,
        text: str | None = None,
    ) -> Callable[[str], bool]:
        """Add all rows of one report. `title` is the article's, stored with others' names masked.

        Of its `text` a few words around the quotes that a feed shows are stored, masked too. Returns a function
        that says of an address of the text whether it holds a name that no list may give.

        What a human said stands in the rows; whom a human called a victim, witness or minor is not stored.
        """
        forgotten = readings.forgotten(report.article_id)
        report = forgotten.out_of(report)
        victims = victim_names(report)
        minors = [one for one in report.named if is_minor(one)]
        adults = [one for one in report.named if not is_minor(one)]
        protected = protected_names(report)
        others = [
            one
            for one in adults
            if victims.isdisjoint(map(match_key, (one.name, *one.aliases)))
            and not any(_holds_another(name, protected) for name in (one.name, *one.aliases))
        ]
        stored = [one for one in others if all(one.evidence.get(fact) for fact in PROVEN)]
        named, unseen = (
            masker(_without(report, [one for one in others if one not in stored])),
            forgotten.masker(name for one in stored for name in (one.name, *one.aliases)),
        )

        def mask(text: str) -> str:
            return unseen(named(text))

        text_version, read_version = version_key(report.extractor_version)
        self.report.append(
            {
                "article_id": report.article_id, "relevant": report.relevant,
                "relevance_score": report.relevance_score, "language_read": report.language_read,
                "extractor_version": report.extractor_version, "text_version": text_version,
                "read_version": read_version, "title": None if title is None else mask(title),
                "doubts": dict(sorted(report.doubts.items())), "minors_withheld": len(minors),
                "victims_withheld": len(adults) - len(others),
                "unproven_withheld": len(others) - len(stored), "read_at": now,
            }
        )  # fmt: skip
        article_id = report.article_id
        self._prove(article_id, "relevance", report.relevance_evidence, mask)
        surroundings = (
            {}
            if text is None
            else around(text, _shown(stored), mask, [name for one in stored for name in (one.name, *one.aliases)])
        )
        for n, (one, placed) in enumerate(zip(stored, readings.place(report, stored), strict=True)):
            self._add_accused(article_id, n, one, placed, mask, surroundings)
        for fact in {(fact.country, fact.role): fact for fact in report.countries}.values():
            self.country.append(
                {"article_id": article_id, "country": fact.country, "role": fact.role, "score": fact.score}
            )
            self._prove(article_id, f"country/{fact.country}/{fact.role.value}", fact.evidence, mask)
        for name in sorted(set(report.organisations_accused)):
            self.organisation.append({"article_id": article_id, "name": mask(name)})
        for k, court in enumerate(report.courts):
            self.court.append({"article_id": article_id, "k": k, "name": mask(court.name)})
            self._prove(article_id, f"court/{k}", [court.evidence], mask)
        for k, counted in enumerate(report.victim_counts):
            self.victims.append(
                {
                    "article_id": article_id,
                    "k": k,
                    "n": counted.n,
                    "sex": counted.sex,
                    "age_band": counted.age_band,
                }
            )
            self._prove(article_id, f"victims/{k}", [counted.evidence], mask)
        for (kind, value), proofs in _elements(report).items():
            self.element.append({"article_id": article_id, "kind": kind, "value": value})
            # no surroundings: in gold 4 % of them name a victim, twice as many as of other facts (2026-11-23)
            self._prove(article_id, f"element/{kind.value}/{value}", proofs, mask)
        return address_reader(report, mask)

    def by_table(self) -> list[tuple[Any, Rows]]:
        """Tables with their rows, parents first."""
        tables = (
            (ReportRow, self.report), (AccusedRow, self.accused), (OffenceRow, self.offence),
            (ChargeRow, self.charge), (PenaltyRow, self.penalty), (CountryFactRow, self.country),
            (OrganisationRow, self.organisation), (CourtFactRow, self.court), (VictimCountRow, self.victims),
            (ElementRow, self.element), (EvidenceRow, self.evidence),
        )  # fmt: skip
        return [(table.__table__, rows) for table, rows in tables if rows]

    def write(self, session: Session) -> None:
        """Insert everything, one statement a table."""
        for table, rows in self.by_table():
            session.execute(insert_into(session, table), rows)

    def _add_accused(  # noqa: PLR0917
        self,
        article_id: str,
        n: int,
        one: Accused,
        placed: Placed,
        mask: Callable[[str], str],
        surroundings: Mapping[Span, Around],
    ) -> None:
        key, stands = {"article_id": article_id, "n": n}, placed.values
        self.accused.append(
            key | {
                "name": stands["name"], "aliases": list(stands["aliases"]), "stage": Stage(stands["stage"]),
                "stage_date": stands["stage_date"], "age": stands["age"], "nationality": stands["nationality"],
                "score": one.score, "mention_id": placed.mention_id, "withheld": placed.withheld,
            }
        )  # fmt: skip
        self.offence.extend(key | {"offence": Offence(offence)} for offence in sorted(stands["offences"]))
        for name, evidence in sorted(one.evidence.items()):
            shown = surroundings if name in SHOWN else {}
            self._prove(article_id, f"accused/{n}/{name}", evidence, mask, shown)
        for k, charge in enumerate(one.charges):
            self.charge.append(
                key | {
                    "k": k, "text": mask(charge.text), "offences": sorted(charge.offences),
                    "statute": charge.statute, "section": charge.section,
                }
            )  # fmt: skip
            self._prove(article_id, f"accused/{n}/charge/{k}", [charge.evidence], mask, surroundings)
        for k, penalty in enumerate(one.penalties):
            self.penalty.append(
                key | {
                    "k": k, "text": mask(penalty.text), "months": penalty.months, "life": penalty.life,
                    "suspended": penalty.suspended, "fine": penalty.fine, "parts": penalty_parts(penalty),
                }
            )  # fmt: skip
            self._prove(article_id, f"accused/{n}/penalty/{k}", [penalty.evidence], mask, surroundings)

    def _prove(
        self,
        article_id: str,
        fact: str,
        evidence: Sequence[Evidence] | Iterable[Evidence],
        mask: Callable[[str], str],
        surroundings: Mapping[Span, Around] = NOTHING,
    ) -> None:
        for k, span in enumerate(evidence):
            prefix, suffix = surroundings.get((span.start, span.end), (None, None))
            self.evidence.append(
                {
                    "article_id": article_id, "fact": fact, "k": k, "start": span.start, "end": span.end,
                    "quote": mask(span.quote), "rule": span.rule, "score": span.score, "prefix": prefix,
                    "suffix": suffix,
                }
            )  # fmt: skip


def _holds_another(name: str, protected: Collection[tuple[str, ...]]) -> bool:
    """A protected name stands in this longer one. The same name is no sign: an accused may be a witness too."""
    own = match_key(name)
    return holds(name, [one for one in protected if " ".join(one) != own])


def _without(report: CaseReport, unproven: Sequence[Accused]) -> CaseReport:
    """The report with these among the others: who is not stored may not stand in another's quotes."""
    if not unproven:
        return report
    people = (Person(name=one.name, aliases=one.aliases, role=Role.OTHER, score=one.score) for one in unproven)
    return replace(
        report,
        accused=tuple(one for one in report.accused if one not in unproven),
        doubtful=tuple(one for one in report.doubtful if one not in unproven),
        others=(*report.others, *people),
    )


def _elements(report: CaseReport) -> Mapping[tuple[ElementKind, str], Sequence[Evidence]]:
    """The elements with their quotes, each place once, in the order of the text."""
    found: dict[tuple[ElementKind, str], dict[Span, Evidence]] = {}
    for one in report.elements:
        places = found.setdefault((one.kind, one.value), {})
        places.setdefault((one.evidence.start, one.evidence.end), one.evidence)
    return {key: [places[span] for span in sorted(places)] for key, places in sorted(found.items())}


def _shown(stored: Iterable[Accused]) -> Iterator[Span]:
    for one in stored:
        proofs = [span for name in SHOWN for span in one.evidence.get(name, ())]
        proofs += [charge.evidence for charge in one.charges]
        proofs += [penalty.evidence for penalty in one.penalties]
        yield from ((span.start, span.end) for span in proofs)
