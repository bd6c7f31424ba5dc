"""Is the text about an official action in a trafficking case? Topic words, actions, and what the accused face.

Refuses keywords alone: policy, statistics, fiction, drugs, smuggling and buyers of sex carry the same words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from extraction.components.case import Case
from extraction.components.charges import ChargeFound
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.swift import Swift
from extraction.model.terms import Offence

TRAFFICKING = frozenset(
    {
        Offence.SEX_TRAFFICKING,
        Offence.CHILD_SEX_TRAFFICKING,
        Offence.LABOUR_TRAFFICKING,
        Offence.ORGAN_TRAFFICKING,
        Offence.TRAFFICKING_UNSPECIFIED,
        Offence.PIMPING_PROCURING,
    }
)
BESIDE = frozenset({Offence.SEXUAL_OFFENCE, Offence.VIOLENCE_WEAPONS_DRUGS, Offence.OTHER})
FEW = 2
ENDS = (". ", "\n")  # of sentences
FICTION, SHORT = 3, 500  # a real case may mention one film; a brief that does is about it
LEAD = 900
IN_TEXT = frozenset({"tip", "fiction", "negative", "generic"})
AGAINST = ("negative", "fiction", "generic", "buyers", "smuggling", "policy")  # kinds that speak for another topic
IN_LEAD = frozenset({"tip", "buyers", "smuggling", "policy", "action"})


@dataclass(frozen=True, slots=True)
class Topic:
    """`relevant` with a score in [0, 1] and the span of the first word, if any; `counts`: words by kind."""

    relevant: bool
    score: float
    span: tuple[int, int] | None
    counts: Mapping[str, int] = field(default_factory=dict)


class TopicReader:
    """Decides relevance."""

    def __init__(self, lexis: Lexis) -> None:
        self.rules = {r.value: r for r in lexis.group("topic")}
        self.swift = {kind: Swift(rule.regex) for kind, rule in self.rules.items()}
        self.boilerplate = lexis.pattern("topic.boilerplate")
        self._last: tuple[str, str, Mapping[str, int], Mapping[str, int]] | None = None

    def without_boilerplate(self, text: str) -> str:
        """The text without sentences that name the topic in any case: a hotline, what else an agency does."""
        parts, at = [], 0
        for m in self.boilerplate.finditer(text):
            start = max(text.rfind(end, at, m.start()) for end in ENDS) + 1
            ends = [n for n in (text.find(end, m.end()) for end in ENDS) if n >= 0]
            if m.start() >= at:
                parts.append(text[at : max(at, start)])
                at = min(ends, default=len(text))
        return "".join([*parts, text[at:]])

    def counts(self, text: str, kinds: Collection[str]) -> Mapping[str, int]:
        """Matches of each kind of topic word."""
        return {kind: self.swift[kind].count(text) for kind in sorted(kinds)}

    def is_possible(self, text: str) -> bool:
        """False for a text with neither a word of the topic nor one of an official action: nothing to judge."""
        return any(self.rules[kind].regex.search(text) for kind in ("tip", "action"))

    def read(self, layout: Layout, title: str | None, case: Case, charges: Sequence[ChargeFound]) -> Topic:
        """Weigh the text as a whole."""
        text = layout.text
        lead = f"{title or ''}\n{text[:LEAD]}"
        if self._last is None or self._last[:2] != (
            text,
            lead,
        ):  # each text is read twice, without weights and with
            plain = self.without_boilerplate(text)
            self._last = (text, lead, self.counts(plain, IN_TEXT), self.counts(lead, IN_LEAD))
        _, _, whole, first = self._last
        counts = {kind: whole[kind] for kind in AGAINST if kind in whole} | {
            k: first[k] for k in AGAINST if k in first
        }
        tip, tip_lead, fiction = whole["tip"], first["tip"], whole["fiction"]
        if tip == 0 or fiction >= FICTION or (fiction > 0 and len(text) < SHORT):
            return Topic(False, 0.0, None, counts)
        drugs, buyers = whole["negative"], first["buyers"]
        smuggling, policy = first["smuggling"], first["policy"]
        action, generic = first["action"], whole["generic"]
        accused = case.accused
        formal = {o for c in charges if c.formal for o in c.offences}
        faced = {o for c in charges for o in c.offences}
        trafficking = bool(faced & TRAFFICKING)
        score = 0.25 * min(tip_lead, 4) + 0.1 * min(tip, 6) + 0.15 * min(action, 6)
        unnamed = -0.2 if trafficking and action >= FEW and tip_lead >= FEW else -0.5
        score += 0.6 if accused else unnamed
        score += 0.5 if trafficking else -0.3
        if formal and not formal & TRAFFICKING:
            score -= 1.2 if tip_lead <= FEW or buyers else 0.8 if formal <= BESIDE else 0.3
        elif not formal and buyers >= FEW:
            score -= 0.8
        score -= 0.35 * min(buyers, 5) if buyers > tip_lead else 0.1 * min(buyers, 3)
        score -= 0.3 * min(smuggling, 4) if smuggling > tip_lead else 0.0
        score -= 0.4 * min(drugs, 5) if drugs >= tip else 0.0
        score -= 0.3 * min(policy, 5)
        score -= 0.6 * min(generic, 2)
        m = self.rules["tip"].regex.search(text)
        return Topic(score >= 0.9, max(0.0, min(1.0, score / 2.0)), m.span() if m else None, counts)
