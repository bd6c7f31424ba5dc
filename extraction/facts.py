"""From a read `Doc` to a `CaseReport`: every fact with its span, rule and score.

Refuses a report that says more than the text: nobody is accused in a text that is not on topic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc

from extraction.accused import AccusedReader
from extraction.components.case import Case
from extraction.components.charges import ChargeFound, ChargeReader
from extraction.components.countries import CountryFound, CountryReader
from extraction.components.courts import CourtReader
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.nationality import NationalityReader
from extraction.components.offences import Purpose
from extraction.components.opinion import Opinion, View
from extraction.components.palermo import PalermoReader
from extraction.components.roles import Decision
from extraction.components.topic import Topic, TopicReader
from extraction.components.victim_counts import VictimCountReader
from extraction.model import (
    Accused,
    Article,
    CaseReport,
    CountryFact,
    CountryRole,
    Court,
    Element,
    Person,
    Role,
    VictimCount,
)
from extraction.proofs import evidence
from extraction.version import EXTRACTOR_VERSION

ELEMENT_SCORE = 0.6
VICTIMS_SCORE = 0.7


@dataclass(frozen=True, slots=True)
class Ruled:
    """A text as the rules alone read it; `prosecuting` the likeliest first, ISO codes in small letters."""

    layout: Layout
    case: Case
    purpose: Purpose
    prosecuting: tuple[CountryFound, ...]
    charges: tuple[ChargeFound, ...]
    topic: Topic

    @property
    def country(self) -> str | None:
        """The country that most likely prosecutes, for laws whose name many countries share."""
        return self.prosecuting[0].country if self.prosecuting else None


class FactReader:
    """Turns a `Doc` and its `Article` into a report."""

    def __init__(self, lexis: Lexis) -> None:
        self.charges = ChargeReader(lexis)
        self.palermo = PalermoReader(lexis)
        self.courts = CourtReader(lexis)
        self.victims = VictimCountReader(lexis)
        self.topic = TopicReader(lexis)
        self.countries = CountryReader(lexis)
        self.nations = NationalityReader(lexis)
        self.opinion = Opinion.of(lexis)
        self.person = AccusedReader(lexis, self.opinion)
        self.companies = lexis.sets["words.company"]

    def rules(self, doc: Doc, article: Article) -> Ruled:
        """What the rules make of a text, before the network is asked."""
        layout: Layout = doc._.tip_layout
        case: Case = doc._.tip_case
        purpose = self.charges.purpose(layout.text, article.title)
        found = self.countries.prosecution(layout, article.country.lower() if article.country else None)
        charges = self.charges.find(layout, case, purpose, found[0].country if found else None)
        topic = self.topic.read(layout, article.title, case, charges)
        return Ruled(layout, case, purpose, tuple(found), tuple(charges), topic)

    def agreed(self, ruled: Ruled, case: Case, article: Article) -> Ruled:
        """Charges and topic again, of the people whom rules and network agreed on; the topic by rules alone."""
        charges = self.charges.find(ruled.layout, case, ruled.purpose, ruled.country)
        topic = self.topic.read(ruled.layout, article.title, case, charges)
        return replace(ruled, case=case, charges=tuple(charges), topic=topic)

    def read(self, doc: Doc, article: Article) -> CaseReport:
        """The whole report."""
        ruled = self.rules(doc, article)
        view: View | None = None
        unsure: Mapping[int, Decision] = {}
        topic, charges = ruled.topic, ruled.charges
        layout, case, purpose = ruled.layout, ruled.case, ruled.purpose
        if self.opinion is not None:
            view = self.opinion.look(layout, article.title, case)
            case, unsure = self.opinion.on_case(layout, view, case)
            again = self.agreed(ruled, case, article)
            charges = again.charges
            topic = self.opinion.on_topic(layout, view, case, ruled.topic, again.topic)
        doubts: Counter[str] = Counter(d.role.value for d in case.decisions.values() if d.doubt)
        accused: list[Accused] = []
        doubtful: list[Accused] = []
        if topic.relevant:
            home = article.country.lower() if article.country else None
            nations = self.nations.read(layout, case, home)
            for known in case.people:
                decision = unsure.get(known.index, case.decisions[known.index])
                if decision.role is Role.ACCUSED:
                    seen = replace(case, decisions={**case.decisions, known.index: decision})
                    fact = self.person.read(article, layout, seen, known, charges, purpose, nations, view)
                    (doubtful if known.index in unsure else accused).append(fact)
        return CaseReport(
            article_id=article.id,
            relevant=topic.relevant,
            relevance_score=topic.score,
            extractor_version=EXTRACTOR_VERSION,
            relevance_evidence=(evidence(article, *topic.span, "topic.tip@1", topic.score),) if topic.span else (),
            accused=tuple(accused),
            doubtful=tuple(doubtful),
            countries=self.country_facts(article, ruled, accused),
            organisations_accused=organisations(case, self.companies) if topic.relevant else (),
            elements=self.elements(article, layout, case) if topic.relevant else (),
            courts=self.court_facts(article, layout, case) if topic.relevant else (),
            victim_counts=self.victim_facts(article, layout, case) if topic.relevant else (),
            others=tuple(
                Person(
                    name=k.text,
                    role=case.decisions[k.index].role,
                    score=case.decisions[k.index].score,
                    aliases=tuple(a for a, _, _ in k.aliases),
                )
                for k in case.people
                if not (k.organisation or k.index in unsure or case.decisions[k.index].role is Role.ACCUSED)
            ),
            doubts={f"role_{k}": v for k, v in doubts.items()},
        )

    def elements(self, article: Article, layout: Layout, case: Case) -> tuple[Element, ...]:
        """Act, means, purpose and indicators that the text states, each with its quote."""
        return tuple(
            Element(
                kind=e.kind,
                value=e.value,
                evidence=evidence(article, e.start, e.end, e.rule.tag, ELEMENT_SCORE),
            )
            for e in self.palermo.read(layout, case)
        )

    def court_facts(self, article: Article, layout: Layout, case: Case) -> tuple[Court, ...]:
        """Courts that the text names for its own proceedings."""
        found = []
        for court in self.courts.read(layout, case):
            proof = evidence(article, court.start, court.end, court.rule.tag, min(1.0, court.rule.score / 2.0))
            found.append(Court(name=" ".join(proof.quote.split()), evidence=proof))
        return tuple(found)

    def victim_facts(self, article: Article, layout: Layout, case: Case) -> tuple[VictimCount, ...]:
        """How many victims the text states, a statement at a time."""
        return tuple(
            VictimCount(
                n=v.n,
                sex=v.sex,
                age_band=v.band,
                evidence=evidence(article, v.start, v.end, v.rule.tag, VICTIMS_SCORE),
            )
            for v in self.victims.read(layout, case)
        )

    def country_facts(self, article: Article, ruled: Ruled, accused: Sequence[Accused]) -> tuple[CountryFact, ...]:
        """Reporting, prosecution, origins."""
        facts: list[CountryFact] = []
        if article.country is not None:
            facts.append(
                CountryFact(country=article.country.lower(), role=CountryRole.REPORTING, evidence=(), score=1.0)
            )
        for found in (*ruled.prosecuting, *self.countries.victims(ruled.layout)):
            proof = (
                (evidence(article, *found.span, f"country.{found.role.value}@1", found.score),)
                if found.span
                else ()
            )
            facts.append(CountryFact(country=found.country, role=found.role, evidence=proof, score=found.score))
        seen: set[str] = set()
        for person in accused:
            if person.nationality is not None and person.nationality not in seen:
                seen.add(person.nationality)
                facts.append(
                    CountryFact(
                        country=person.nationality,
                        role=CountryRole.ACCUSED_ORIGIN,
                        evidence=person.evidence["nationality"],
                        score=0.8,
                    )
                )
        return tuple(facts)


def organisations(case: Case, companies: Collection[str]) -> tuple[str, ...]:
    """Companies that are themselves charged; `companies` are words that mark a name as one of a firm."""
    return tuple(
        k.text
        for k in case.people
        if k.organisation
        and any(w.lower().strip(".") in companies for w in k.words)
        and any(c.group == "stage" and c.rule.score >= 1.2 for c in case.decisions[k.index].cues)
    )
