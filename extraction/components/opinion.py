"""The second opinion: learnt weights beside the rules, on topic, on who is accused, and on how far they got.

Refuses to name anybody on a weak sum: what it adds or takes away needs a clear margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, Rule
from extraction.components.people import Known, Mention, title_role
from extraction.components.roles import FULL_WEIGHT, Decision
from extraction.components.topic import Topic
from extraction.components.traits import lead_traits, mention_traits, person_traits, text_traits
from extraction.components.weights import ROLE, STAGE, TOPIC, VERSION, Weights, load_weights
from extraction.model.terms import Role, Stage

# Chosen on sets held out of training; `make eval` shows what they give.
ADD = 0.85  # nobody becomes accused below this
KEEP = 0.3  # whom rules accuse stays accused above this
VICTIM = 0.25  # nobody is accused who may as well be a victim
STAGE_SURE = 0.5
ON_TOPIC = 0.6
OFFICES = frozenset({Role.OFFICIAL, Role.LAWYER})
NEVER = re.compile(r"(?!)")
QUOTE_BEFORE, QUOTE_AFTER = 120, 240


@dataclass(frozen=True, slots=True)
class Opinion:
    """The learnt weights of one language, ready to be asked."""

    lexis: Lexis
    weights: Mapping[str, Weights]

    @classmethod
    def of(cls, lexis: Lexis) -> Opinion | None:
        """None for a language without trained weights."""
        weights = load_weights(lexis.lexicon.language)
        return None if weights is None else cls(lexis, weights)

    def on_topic(self, layout: Layout, title: str | None, case: Case, ruled: Topic, topic: Topic) -> Topic:
        """Relevance as the mean of rules and weights; `topic` knows whom the weights added, `ruled` does not."""
        traits = text_traits(self.lexis, layout, title, case.people) | set(topic_traits(ruled))
        rules = (ruled.score + topic.score) / 2
        both = (self.weights[TOPIC].weigh(traits)["yes"] + rules) / 2
        return replace(topic, relevant=topic.span is not None and both >= ON_TOPIC, score=both)

    def on_case(self, layout: Layout, title: str | None, case: Case) -> Case:
        """Roles as rules and weights agree; whoever the weights add carries the passage that spoke loudest."""
        decisions = dict(case.decisions)
        added: list[Cue] = []
        lead = lead_traits(self.lexis, layout, title, case.people)
        for known in case.people:
            if known.organisation or not known.mentions:
                continue
            cues = [c for c in case.cues if known.index in c.people]
            traits = person_traits(self.lexis, layout, case.people, known, cues, apart=case.unrelated)
            opinion = self.weights[ROLE].weigh(traits)
            sure = opinion[Role.ACCUSED.value]
            ruled = decisions[known.index]
            accused = ruled.role is Role.ACCUSED
            if opinion[Role.VICTIM.value] >= VICTIM:
                likely = False
            elif accused:
                likely = sure >= KEEP
            else:
                likely = sure >= ADD and may_be_added(case, known)
            if likely:
                more = self.proofs(layout, case, known, ruled, traits | lead, sure)
                added.extend(more)
                score = max(ruled.score, FULL_WEIGHT * sure) if accused else FULL_WEIGHT * sure
                decisions[known.index] = Decision(
                    Role.ACCUSED, score, (*ruled.cues, *more), doubt=ruled.doubt or not accused
                )
            elif accused:
                rest = {Role(name): p for name, p in opinion.items() if name != Role.ACCUSED.value}
                role = max(rest, key=lambda r: rest[r])
                decisions[known.index] = Decision(role, rest[role], ruled.cues, doubt=True)
        return replace(case, cues=(*case.cues, *added), decisions=decisions)

    def proofs(  # noqa: PLR0917
        self, layout: Layout, case: Case, known: Known, ruled: Decision, traits: frozenset[str], sure: float
    ) -> list[Cue]:
        """Cues that cite the weights, for what no rule has proved: the role, then the stage."""
        if any(c.group == "stage" for c in ruled.cues):
            return []
        place = self.loudest(layout, case, known, sure)
        proofs = [] if any(c.group == "accused" for c in ruled.cues) else [place]
        stage, stage_sure = max(self.weights[STAGE].weigh(traits).items(), key=lambda item: item[1])
        if stage_sure >= STAGE_SURE:
            rule = model_rule("weights.stage", stage, 2.0 * stage_sure)
            proofs.append(replace(place, group="stage", value=Stage(stage).value, rule=rule))
        return proofs

    def loudest(self, layout: Layout, case: Case, known: Known, sure: float) -> Cue:
        """The mention whose words lean most towards an accused."""

        def leaning(mention: Mention) -> float:
            words = mention_traits(self.lexis, layout, case.people, known, mention)
            return self.weights[ROLE].leaning(frozenset(words), Role.ACCUSED.value)

        best = max(known.mentions, key=leaning)
        sentence = layout.sentences[best.sentence]
        return Cue(
            group="accused",
            value="accused",
            rule=model_rule("weights.role", Role.ACCUSED.value, 2.0 * sure),
            people=(known.index,),
            sentence=best.sentence,
            start=max(sentence.start, best.start - QUOTE_BEFORE),
            end=max(best.end, min(sentence.end, best.end + QUOTE_AFTER)),
        )


def may_be_added(case: Case, known: Known) -> bool:
    """Weights add nobody who stands in passages on other cases only, wears an office, or is one word said once."""
    title = title_role(known)
    return (
        not all(m.sentence in case.unrelated for m in known.mentions)
        and (title is None or title[0] not in OFFICES)
        and (len(known.words) > 1 or len(known.mentions) > 1)
    )


def topic_traits(topic: Topic) -> Iterator[str]:
    """What the rules made of the text, in steps of a tenth."""
    yield f"ruled:{topic.relevant}"
    for step in range(1, 11):
        if topic.score >= step / 10:
            yield f"ruled>={step}"


def model_rule(name: str, value: str, score: float) -> Rule:
    """A rule that stands for a model's word."""
    return Rule(id=name, tag=f"{name}@{VERSION}", regex=NEVER, value=value, score=score)
