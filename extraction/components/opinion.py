"""The trained reader's word beside the rules': topic, who is accused, how far they got, of what, of which nation.

Refuses to name anybody on one voice alone: rules and network are weighed together, as held-out stories taught.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import exp, log

from extraction.components.case import Case
from extraction.components.countries import CountryReader
from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import NEVER, Lexis, Rule
from extraction.components.people import Known, title_role
from extraction.components.roles import FULL_WEIGHT, Decision
from extraction.components.topic import Topic
from extraction.encoder.masked import SLOTS, Subject
from extraction.encoder.network import (
    VERSION,
    Fusion,
    Network,
    PersonOpinion,
    TextOpinion,
    load_fusion,
    load_network,
)
from extraction.model.terms import CLEARED_STAGES, SURE, Offence, Role, Stage

OFFICES = frozenset({Role.OFFICIAL, Role.LAWYER})
QUOTE_BEFORE, QUOTE_AFTER = 120, 240
TINY = 1e-6
WAITS = SURE - 0.01  # score at most of whoever waits for review
BYLINE_REST, STORY_LINE = 24, 120  # characters beside the name; from which a line above is no headline
HEAD_LINES = 8  # sentences above the story at most
PLACES_REACH = 60  # characters before a name in which "in Xtown and" is looked for
HOME_REACH = 24  # characters before a name in which "of" is looked for
MANY = 4  # words of a kind of topic beyond which more say nothing
NOT_ACCUSED = "other.not_"  # rules of the lexicon: not charged, no suspect, "if he is charged"
SUM, LEAST = "intercept", "least"  # keys of a fusion beside its signs


@dataclass(frozen=True, slots=True)
class View:
    """What the network says of a text; `people` by the index of the person."""

    topic: float
    people: Mapping[int, PersonOpinion]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The trained reader of one language, ready to be asked."""

    lexis: Lexis
    network: Network
    fusion: Fusion
    countries: CountryReader
    home: re.Pattern[str]
    located: re.Pattern[str]

    @classmethod
    def of(cls, lexis: Lexis) -> Opinion | None:
        """None for a language that the network was never weighed in."""
        fusion = load_fusion(lexis.lexicon.language)
        return None if fusion is None else cls.with_network(lexis, load_network(), fusion)

    @classmethod
    def with_network(cls, lexis: Lexis, network: Network, fusion: Fusion) -> Opinion:
        """With a network or a fusion that is not the shipped one."""
        home, located = lexis.optional("name.home", NEVER), lexis.optional("name.located", NEVER)
        return cls(lexis, network, fusion, CountryReader(lexis), home, located)

    def look(self, layout: Layout, title: str | None, case: Case) -> View:
        """Show the network the text, once."""
        people = [k for k in case.people if k.mentions and not k.organisation][:SLOTS]
        subjects = [Subject(words=k.words, spans=tuple((m.start, m.end) for m in k.mentions)) for k in people]
        said: TextOpinion = self.network.read(layout.text, title, subjects, self.countries.mentions(layout.text))
        return View(said.topic, {k.index: p for k, p in zip(people, said.people, strict=True) if p is not None})

    def on_topic(self, layout: Layout, view: View, case: Case, ruled: Topic, topic: Topic) -> Topic:
        """Relevance; `topic` knows whom the network added, `ruled` does not.

        A text without one word of the topic is shown by the sentence of its surest accused, else by its first.
        """
        score = self.fuse("topic", topic_signs(view, case, ruled, topic))
        span = topic.span
        relevant = score >= self.least("topic" if topic.relevant else "unruled")
        relevant = relevant and not (is_fiction(topic) or is_of_buyers(ruled))
        if relevant and span is None and layout.sentences:
            seen = [k for k in case.accused if k.index in view.people] or list(case.accused)
            best = max(seen, key=lambda k: case.decisions[k.index].score, default=None)
            sentence = layout.sentences[best.mentions[0].sentence if best is not None else 0]
            span = (sentence.start, min(sentence.end, sentence.start + QUOTE_BEFORE + QUOTE_AFTER))
        return replace(topic, relevant=relevant and span is not None, score=score, span=span)

    def on_case(self, layout: Layout, view: View, case: Case) -> tuple[Case, dict[int, Decision]]:
        """Roles as rules and network agree, and those who are more likely accused than not, but not surely so.

        Whoever has no rule for them carries the passage that counted most.
        """
        decisions = dict(case.decisions)
        doubtful: dict[int, Decision] = {}
        ends = {m.end for k in case.people for m in k.mentions}
        called = {a.casefold(): k.index for k in case.people for a, _, _ in k.aliases}
        added: list[Cue] = []
        for known in case.people:
            said = view.people.get(known.index)
            if said is None:
                continue
            ruled = decisions[known.index]
            sure = self.fuse("role", role_signs(known, ruled, case, view))
            spared = self.may_be_victim(ruled, said) or self.is_apart(known, case, said)
            spared = spared or called.get(known.text.casefold(), known.index) != known.index
            spared = spared or is_spared(ruled) or is_byline(layout, known) or self.is_home(layout, known, ends)
            if sure >= self.least("doubt") and not spared:
                shown = any(c.group in ("stage", "accused") for c in ruled.cues)
                proof = [] if shown else [place(layout, known, said)]
                decision = Decision(
                    Role.ACCUSED, FULL_WEIGHT * sure, (*ruled.cues, *proof), doubt=ruled.role is not Role.ACCUSED
                )
                if sure >= (SURE if ruled.role is Role.ACCUSED else self.least("alone")):
                    added.extend(proof)
                    decisions[known.index] = decision
                    continue
                # Lists and feeds go by the score: nobody who waits for review may reach theirs.
                doubtful[known.index] = replace(decision, score=min(decision.score, FULL_WEIGHT * WAITS))
            if ruled.role is Role.ACCUSED:
                rest = {name: p for name, p in said.role.items() if name in OTHERS}
                role = Role(max(rest, key=lambda r: rest[r]))
                decisions[known.index] = Decision(role, rest[role], ruled.cues, doubt=True)
        return replace(case, cues=(*case.cues, *added), decisions=decisions), doubtful

    def may_be_victim(self, ruled: Decision, said: PersonOpinion) -> bool:
        """Nobody is accused whom rules hold to be a victim, or who may as well be one."""
        return ruled.role is Role.VICTIM or said.role[Role.VICTIM.value] >= self.least("victim")

    def is_apart(self, known: Known, case: Case, said: PersonOpinion) -> bool:
        """Whoever is named in passages on other cases only is not accused here, unless the network is certain."""
        return only_apart(known, case) and logit(said.role[Role.ACCUSED.value]) < self.least("apart")

    def is_home(self, layout: Layout, known: Known, ends: Collection[int]) -> bool:
        """True for what only stands as a person's home: "Rafiq Mia of Jalal Pirwala"; `ends` of all mentions."""

        def follows(start: int) -> bool:
            m = self.home.search(layout.text, max(0, start - HOME_REACH), start)
            if m is not None and m.start() in ends:
                return True
            return self.located.search(layout.text, max(0, start - PLACES_REACH), start) is not None

        return bool(known.mentions) and all(follows(m.start) for m in known.mentions)

    def stage(self, view: View, known: Known, ruled: Stage | None) -> tuple[Stage, float]:
        """The stage that rules and network together hold likeliest, with the network's probability of it."""
        said = view.people.get(known.index)
        if said is None:
            return ruled or Stage.CHARGED, 0.0
        best = likeliest_stage(said.stage, ruled, self.fusion["stage"]["ruled"])
        return best, said.stage[best.value]

    def offences(self, view: View, known: Known, ruled: Iterable[Offence]) -> frozenset[Offence]:
        """Categories that rules and network together hold likelier than not; never none."""
        said, ruled = view.people.get(known.index), frozenset(ruled)
        if said is None:
            return ruled
        sums = {o: self.fuse("offence", offence_signs(said, ruled, o)) for o in Offence}
        found = frozenset(o for o, p in sums.items() if p >= self.least("offence"))
        return found or frozenset({max(sums, key=lambda o: sums[o])})

    def nationality(self, view: View, known: Known, ruled: str | None) -> str | None:
        """The country whose words and the person's belong together; None when no pair is likely enough."""
        said = view.people.get(known.index)
        if said is None:
            return ruled
        codes = {*said.nations, *([ruled] if ruled else [])}
        sums = {code: self.fuse("nation", nation_signs(said, ruled, code)) for code in sorted(codes)}
        best = max(sums, key=lambda c: sums[c], default=None)
        return best if best is not None and sums[best] >= self.least("nation") else None

    def fuse(self, name: str, signs: Mapping[str, float]) -> float:
        """Probability from a weighted sum of signs."""
        weights = self.fusion[name]
        return 1.0 / (1.0 + exp(-weights[SUM] - sum(weights[k] * v for k, v in signs.items())))

    def least(self, name: str) -> float:
        """The probability from which a thing is said."""
        return self.fusion[LEAST][name]


OTHERS = frozenset(r.value for r in Role) - {Role.ACCUSED.value}


def logit(p: float) -> float:
    """Log odds, within [-8, 8]."""
    return max(-8.0, min(8.0, log((p + TINY) / (1.0 - p + TINY))))


def is_fiction(topic: Topic) -> bool:
    """True for a text with words of films, plays or mock trials and none of the topic."""
    return topic.span is None and topic.counts.get("fiction", 0) > 0


def is_of_buyers(ruled: Topic) -> bool:
    """True for a text full of words of buying sex that the rules do not hold for relevant."""
    return not ruled.relevant and ruled.counts.get("buyers", 0) >= MANY


def is_spared(ruled: Decision) -> bool:
    """True where the text says that nobody acted against a person, and says nothing else on them."""
    here = {c.sentence for c in ruled.cues if c.rule.id.startswith(NOT_ACCUSED)}
    return bool(here) and all(c.sentence in here for c in ruled.cues if c.group in ("stage", "accused"))


def is_byline(layout: Layout, known: Known) -> bool:
    """True for a name that stands once, alone on a line above the story: who wrote it."""
    if len(known.mentions) != 1 or any(n.age is not None for n in known.names):
        return False
    (mention,) = known.mentions
    here = layout.sentences[mention.sentence]
    line = layout.text[here.start : here.end].strip()
    rest = len(line) - (mention.end - mention.start)
    if rest > BYLINE_REST or mention.sentence > HEAD_LINES or any(c.isdigit() for c in line):
        return False
    return all(s.end - s.start < STORY_LINE for s in layout.sentences[: mention.sentence])


def only_apart(known: Known, case: Case) -> bool:
    """True for a person who is named in passages on other cases only."""
    return all(m.sentence in case.unrelated for m in known.mentions)


def likeliest_stage(said: Mapping[str, float], ruled: Stage | None, weight: float) -> Stage:
    """The stage of the greatest log probability, after adding `weight` to the rules' stage."""
    if ruled is not None and ruled in CLEARED_STAGES:  # an acquittal that the text proves is never talked away
        return ruled
    return Stage(max(said, key=lambda s: log(said[s] + TINY) + (weight if s == ruled else 0.0)))


def role_signs(known: Known, ruled: Decision, case: Case, view: View) -> dict[str, float]:
    """What speaks for and against a person being accused."""
    said = view.people[known.index]
    title = title_role(known)
    accused = ruled.role is Role.ACCUSED
    return {
        "network": logit(said.role[Role.ACCUSED.value]),
        "victim": logit(said.role[Role.VICTIM.value]),
        "topic": logit(view.topic),
        "ruled": float(accused),
        "ruled_weight": min(1.0, ruled.score / FULL_WEIGHT) if accused else 0.0,
        "against": min(1.0, ruled.score / FULL_WEIGHT) if not accused else 0.0,
        "untagged": 1.0 - sum(n.tagged for n in known.names) / max(1, len(known.names)),
        "ruled_victim": float(ruled.role is Role.VICTIM),
        "office": float(title is not None and title[0] in OFFICES),
        "apart": float(only_apart(known, case)),
        "once": float(len(known.words) == 1 and len(known.mentions) == 1),
    }


def topic_signs(view: View, case: Case, ruled: Topic, topic: Topic) -> dict[str, float]:
    """What speaks for and against a text being on topic."""
    scores = [d.score / FULL_WEIGHT for d in case.decisions.values() if d.role is Role.ACCUSED]
    return {
        "network": logit(view.topic),
        "wordless": float(topic.span is None),
        "ruled": ruled.score,
        "read": topic.score,
        "ruled_relevant": float(ruled.relevant),
        "accused": max(scores, default=0.0),
        **{kind: min(n, MANY) / MANY for kind, n in ruled.counts.items()},
    }


def offence_signs(said: PersonOpinion, ruled: frozenset[Offence], offence: Offence) -> dict[str, float]:
    """What speaks for one category."""
    return {"network": logit(said.offences[offence.value]), "ruled": float(offence in ruled)}


def nation_signs(said: PersonOpinion, ruled: str | None, code: str) -> dict[str, float]:
    """What speaks for one country; `other` when rules name another one."""
    return {
        "network": logit(said.nations.get(code, 0.0)),
        "ruled": float(ruled == code),
        "other": float(ruled is not None and ruled != code),
    }


def place(layout: Layout, known: Known, said: PersonOpinion) -> Cue:
    """The mention that counted most for the network, as a cue."""
    start, end = said.place or (known.mentions[0].start, known.mentions[0].end)
    mention = next((m for m in known.mentions if m.start == start), known.mentions[0])
    sentence = layout.sentences[mention.sentence]
    return Cue(
        group="accused",
        value="accused",
        rule=network_rule("network.role", Role.ACCUSED.value, 2.0 * said.role[Role.ACCUSED.value]),
        people=(known.index,),
        sentence=mention.sentence,
        start=max(sentence.start, start - QUOTE_BEFORE),
        end=max(end, min(sentence.end, end + QUOTE_AFTER)),
    )


def network_rule(name: str, value: str, score: float) -> Rule:
    """A rule that stands for the network's word."""
    return Rule(id=name, tag=f"{name}@{VERSION}", regex=NEVER, value=value, score=score)
