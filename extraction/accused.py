"""Everything that a text says of one accused: stage, age, nationality, offences, penalties, each with its proof.

Refuses to judge who is accused: that is decided before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from extraction.components.case import Case
from extraction.components.charges import ChargeFound
from extraction.components.countries import CountryReader
from extraction.components.cues import Cue
from extraction.components.details import DetailReader
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.offences import Purpose
from extraction.components.opinion import Opinion, View, network_rule, place
from extraction.components.penalties import PenaltyReader
from extraction.components.people import Known
from extraction.components.roles import FULL_WEIGHT
from extraction.components.stage_dates import StageDateReader
from extraction.components.stages import LeadReader, decide_stage, stage_of, with_lead
from extraction.components.stated import Stated
from extraction.components.topic import TRAFFICKING
from extraction.model import Accused, Article, Evidence, Offence, Penalty, Stage
from extraction.model.terms import ADULT
from extraction.proofs import charge_fact, cue_evidence, evidence, stated_evidence

PRIOR = 3  # years before publication after which a conviction is taken for a prior one
PENDING = frozenset({Stage.ARRESTED, Stage.CHARGED, Stage.WANTED, Stage.ON_TRIAL})
YEAR = re.compile(r"\b((?:19|20)\d\d)\b")


class AccusedReader:
    """Reads the details of one accused; `opinion` is None for a language that no network was weighed in."""

    def __init__(self, lexis: Lexis, opinion: Opinion | None) -> None:
        self.opinion = opinion
        self.lead = LeadReader(lexis)
        self.details = DetailReader(lexis)
        self.countries = CountryReader(lexis)
        self.dates = StageDateReader(lexis)
        self.imposed = PenaltyReader(lexis)
        self.shared = "charge.shared" in lexis.sets  # who has no charge of their own has those of the others

    def read(  # noqa: PLR0917
        self,
        article: Article,
        layout: Layout,
        case: Case,
        known: Known,
        charges: Sequence[ChargeFound],
        purpose: Purpose,
        nations: Mapping[int, Stated],
        view: View | None,
    ) -> Accused:
        """Everything about one accused."""
        decision = case.decisions[known.index]
        stage, stage_proof = self.stage(article, layout, case, known)
        age = self.details.age(known) or self.details.age_after_role(layout, known)
        age = age or self.details.age_elsewhere(layout, case, known)
        nation = nations.get(known.index)
        own = [c for c in charges if known.index in c.people]
        own = [c for c in own if c.formal] or own
        offences = self.offences(own, charges, purpose, stage)
        if self.opinion is not None and view is not None:
            formal = {o for c in own if c.formal for o in c.offences}
            offences = self.opinion.offences(view, known, offences) | (formal & offences)
            nation = self.nation(layout, view, known, nation)
            stage, stage_proof = self.fused_stage(article, layout, view, known, stage, stage_proof, decision.cues)
        main = known.names[0] if known.names else None
        span = (main.start, main.end) if main else (known.mentions[0].start, known.mentions[0].end)
        full = next((n for n in known.names if n.words == known.words), None)
        if full is not None:
            span = (full.start, full.end)
        cues = [c for c in decision.cues if c.group in ("stage", "accused")]
        proof: dict[str, tuple[Evidence, ...]] = {
            "name": (evidence(article, *span, "name.fullest@1", 0.9),),
            "role": tuple(cue_evidence(article, c) for c in cues[:4]),
        }
        proof["stage"] = (stage_proof or cue_evidence(article, cues[0]),)
        staged = proof["stage"][0]
        dated = self.dates.read(
            layout, case, known, stage or Stage.CHARGED, article.published, (staged.start, staged.end)
        )
        if dated is not None:
            proof["stage_date"] = (stated_evidence(article, dated),)
        if age is not None:
            proof["age"] = (stated_evidence(article, age),)
        if nation is not None:
            proof["nationality"] = (stated_evidence(article, nation),)
        if known.aliases:
            proof["aliases"] = tuple(evidence(article, s, e, "alias.linked@1", 0.9) for _, s, e in known.aliases)
        mine = own or [c for c in charges if not c.people]
        if mine:
            proof["offences"] = tuple(evidence(article, c.start, c.end, "charge.text@1", 0.8) for c in mine)
        aliases = tuple(dict.fromkeys(a for a, _, _ in known.aliases if a != known.text))
        return Accused(
            name=known.text,
            stage=stage or Stage.CHARGED,
            evidence=proof,
            score=min(1.0, decision.score / FULL_WEIGHT),
            aliases=aliases,
            stage_date=dated.value if dated else None,
            age=int(age.value) if age else None,
            minor=(age is not None and int(age.value) < ADULT) or self.details.is_minor(layout, known),
            nationality=nation.value if nation else None,
            offences=offences,
            charges=tuple(charge_fact(article, c) for c in mine),
            penalties=self.penalties(article, layout, case, known, stage, staged),
        )

    def stage(
        self, article: Article, layout: Layout, case: Case, known: Known
    ) -> tuple[Stage | None, Evidence | None]:
        """The person's stage with its proof, lifted by the lead where that is safe."""
        own = decide_stage(without_priors(layout, case.decisions[known.index].cues, article.published))
        proof = cue_evidence(article, own.cue) if own else None
        lead = self.lead.read(layout, case.unrelated)
        custody = next((c for c in lead.court_custody if self.is_meant(layout, case, known, c)), None)
        stage, span, tag = with_lead(
            own.stage if own else None, lead, single=len(case.accused) == 1, custody=custody
        )
        if span is not None:
            proof = evidence(article, *span, tag, 0.6)
        return stage, proof

    def fused_stage(  # noqa: PLR0917
        self,
        article: Article,
        layout: Layout,
        view: View,
        known: Known,
        ruled: Stage | None,
        proof: Evidence | None,
        cues: Sequence[Cue],
    ) -> tuple[Stage | None, Evidence | None]:
        """The stage after the network's word; a rule that says the same is the better evidence."""
        said = view.people.get(known.index)
        if self.opinion is None or said is None:
            return ruled, proof
        stage, sure = self.opinion.stage(view, known, ruled)
        if stage is ruled:
            return ruled, proof
        same = next((c for c in cues if c.group == "stage" and stage_of(c) is stage), None)
        if same is not None:
            return stage, cue_evidence(article, same)
        where = place(layout, known, said)
        return stage, evidence(
            article, where.start, where.end, network_rule("network.stage", stage, 0.0).tag, sure
        )

    def nation(self, layout: Layout, view: View, known: Known, ruled: Stated | None) -> Stated | None:
        """The nationality after the network's word, with the country word that stands nearest to the person."""
        if self.opinion is None:
            return ruled
        code = self.opinion.nationality(view, known, ruled.value if ruled else None)
        if code is None or (ruled is not None and ruled.value == code):
            return ruled if code is not None else None
        words = [(a, b) for a, b, c in self.countries.mentions(layout.text) if c == code]
        start, end = min(words, key=lambda w: min(abs(w[0] - m.start) for m in known.mentions))
        rule = network_rule("network.nation", code, 0.0)
        return Stated(code, start, end, rule.tag, view.people[known.index].nations[code])

    def is_meant(self, layout: Layout, case: Case, known: Known, span: tuple[int, int]) -> bool:
        """A court's custody means the accused whom its sentence names, or all when it names none."""
        index = next(i for i, s in enumerate(layout.sentences) if s.start <= span[0] < s.end)
        named = {k.index for k in case.accused if any(m.sentence == index for m in k.mentions)}
        return not named or known.index in named

    def offences(
        self, own: Sequence[ChargeFound], every: Sequence[ChargeFound], purpose: Purpose, stage: Stage | None
    ) -> frozenset[Offence]:
        """Own charges; else those on everybody; else what the story is about."""
        found = {o for c in own for o in stated(c)}
        general = {o for c in every if not c.people for o in stated(c)}
        named = {o for c in every for o in c.offences if o in TRAFFICKING}
        core = named - {Offence.PIMPING_PROCURING} or named or purpose.offences()
        rest = general if general & TRAFFICKING else general | core
        if not own and self.shared:
            found = {o for c in every for o in stated(c)}
            found |= set() if found & TRAFFICKING else purpose.offences()
        elif not own:
            found = set(rest)
        elif all(c.added for c in own) or not (found & TRAFFICKING or any(c.formal for c in own)):
            found |= rest
        if Offence.TRAFFICKING_UNSPECIFIED in found and found & (
            TRAFFICKING - {Offence.TRAFFICKING_UNSPECIFIED, Offence.PIMPING_PROCURING}
        ):
            found.discard(Offence.TRAFFICKING_UNSPECIFIED)
        return frozenset(found)

    def penalties(  # noqa: PLR0917
        self, article: Article, layout: Layout, case: Case, known: Known, stage: Stage | None, span: Evidence
    ) -> tuple[Penalty, ...]:
        """What was imposed on a sentenced person, one for each statement that adds something."""
        if stage is not Stage.SENTENCED:
            return ()
        found = self.imposed.read(layout, case, known, article.country, (span.start, span.end))
        return tuple(
            one.fact(evidence(article, one.start, one.end, "penalty.imposed@1", 0.8), article.text)
            for one in found
        )


def stated(charge: ChargeFound) -> frozenset[Offence]:
    """What a charge adds to its people: a section cited by its number alone adds trafficking and its kin only."""
    return charge.offences & TRAFFICKING if charge.bare else charge.offences


def without_priors(layout: Layout, cues: Sequence[Cue], published: str | None) -> list[Cue]:
    """Cues without convictions of years ago when something newer happened: a record is no stage of this case."""
    if published is None or not published[:4].isdigit():
        return list(cues)

    def is_old(cue: Cue) -> bool:
        s = layout.sentences[cue.sentence]
        years = [int(y) for y in YEAR.findall(layout.text[s.start : s.end])]
        return bool(years) and max(years) <= int(published[:4]) - PRIOR

    staged = [(c, stage_of(c)) for c in cues if c.group == "stage"]
    if not any(stage in PENDING and not is_old(c) for c, stage in staged):
        return list(cues)
    priors = {id(c) for c, stage in staged if stage in (Stage.CONVICTED, Stage.SENTENCED) and is_old(c)}
    return [c for c in cues if id(c) not in priors]
