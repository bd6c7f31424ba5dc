"""Lists and tables of defendants: one line a person, with an introduction before and an outcome after.

Refuses lists of officials: a line needs a name at its head, and an introduction or an outcome.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from extraction.components.cues import Cue
from extraction.components.layout import ITEM, Layout
from extraction.components.lexis import Lexis, Rule
from extraction.components.people import Known, Mention

AFTER_NAME = re.compile(r"^(?:[,;:–—(-]|\s[–—-]|\s*$|\s*\n|\s?\||\s+of\b|\s*['‘])")
SHORT_LINE = 90
LOOK_BACK = 4
NEIGHBOURS = 2  # lines before and behind an item in which others make a list


class ItemReader:
    """Cues from lists."""

    def __init__(self, lexis: Lexis) -> None:
        self.item = lexis.group("item")
        self.intro = lexis.group("intro")
        self.tip = [*lexis.group("tip"), *(r for r in lexis.group("topic") if r.value == "tip")]
        self.other = [
            r
            for r in (*lexis.group("unrelated"), *lexis.group("topic"))
            if r.value in ("crime", "buyers", "negative")
        ]

    def read(self, layout: Layout, people: Sequence[Known]) -> list[Cue]:
        """One cue for each person at the head of a list's line, and one for its outcome."""
        heads = self.heads(layout, people)
        lines = Counter(layout.sentences[i].block for i in heads)
        found: list[Cue] = []
        for index, (known, mention) in heads.items():
            line = layout.sentences[index].block
            near = sum(lines[n] for n in range(line - NEIGHBOURS, line + NEIGHBOURS + 1)) - 1
            intro, rule = self.introduction(layout, heads, index)
            sentence = layout.sentences[index]
            end = self.item_end(layout, heads, index)
            rest = layout.text[mention.phrase_end : end]
            outcome = next((r for r in self.item if r.regex.search(rest)), None)
            if (
                outcome is not None
                and rule is not None
                and (rule.value, outcome.value) == ("on_trial", "sentenced")
            ):
                outcome = None  # a list of what prosecutors ask for
            if (rule is None and outcome is None) or self.under_other_heading(layout, heads, index):
                continue
            if near == 0 and not (
                intro is not None and intro >= index - 3 and (outcome or (mention.name and mention.name.age))
            ):
                continue
            if rule is None and near < 1:
                continue
            best = outcome or rule
            if best is None:
                continue
            group, value = ("accused", "accused") if best.value == "accused" else ("stage", best.value)
            start = mention.phrase_start
            found.append(
                Cue(group, value, best, (known.index,), index, start, max(end, sentence.end), True, "item")
            )
            extra = rule or best
            found.append(
                Cue("accused", "accused", extra, (known.index,), index, start, mention.phrase_end, True, "head")
            )
        return found

    def heads(self, layout: Layout, people: Sequence[Known]) -> dict[int, tuple[Known, Mention]]:
        """Sentences that are whole lines and begin with a name."""
        found: dict[int, tuple[Known, Mention]] = {}
        blocks: dict[int, int] = {}
        for s in layout.sentences:
            blocks[s.block] = blocks.get(s.block, 0) + 1
        for known in people:
            if known.organisation:
                continue
            for m in known.mentions:
                s = layout.sentences[m.sentence]
                lead = ITEM.match(layout.text[s.start : s.end])
                offset = lead.end() if lead else 0
                bulleted = offset > 0
                first = m.phrase_start - s.start <= offset + 1 or bool(
                    re.fullmatch(
                        r"\W{0,3}(?:[A-Z]?\d{1,2}|[ivx]{1,4})?[.):]?\s*[\"“(]?",
                        layout.text[s.start : m.phrase_start],
                    )
                )
                if not first or m.sentence in found:
                    continue
                after = layout.text[m.phrase_end : m.phrase_end + 3]
                age = any(n.age is not None for n in known.names)
                whole_line = bulleted or blocks[s.block] <= 2
                stop = layout.text[s.start : s.end].rstrip()[-1:] in ".!?"
                if (
                    AFTER_NAME.match(after)
                    and whole_line
                    and (
                        bulleted
                        or (age and not stop)
                        or "|" in layout.text[m.phrase_end : m.phrase_end + 3]
                        or ":" in layout.text[m.phrase_end : m.phrase_end + 40]
                    )
                ):
                    found[m.sentence] = (known, m)
        return found

    def introduction(
        self, layout: Layout, heads: dict[int, tuple[Known, Mention]], index: int
    ) -> tuple[int | None, Rule | None]:
        """The nearest line before the list that is no item, and what it says."""
        at = index - 1
        while at >= 0 and (at in heads or self.is_item_tail(layout, at, heads)):
            at -= 1
        for i in range(at, max(at - LOOK_BACK, -1), -1):
            s = layout.sentences[i]
            text = layout.text[s.start : s.end]
            rule = next((r for r in self.intro if r.regex.search(text)), None)
            if rule is not None and (text.endswith(":") or s.heading or i == at or len(text) < SHORT_LINE):
                return i, rule
            if not s.heading and len(text) > SHORT_LINE and not text.endswith(":"):
                break
        return None, None

    def under_other_heading(self, layout: Layout, heads: dict[int, tuple[Known, Mention]], index: int) -> bool:
        """True when the heading just above a part of the list names another matter ("DRUGS", "SOLICITATION")."""
        for i in range(index - 1, max(index - 12, -1), -1):
            s = layout.sentences[i]
            if i in heads:
                continue
            text = layout.text[s.start : s.end]
            if s.heading:
                return any(r.regex.search(text) for r in self.other) and not any(
                    r.regex.search(text) for r in self.tip
                )
            if s.end - s.start > SHORT_LINE:
                return False
        return False

    def is_item_tail(self, layout: Layout, at: int, heads: dict[int, tuple[Known, Mention]]) -> bool:
        """A short line inside a list, after some head, or the rest of an item's line."""
        s = layout.sentences[at]
        is_short = s.end - s.start < SHORT_LINE
        before = (i for i in range(max(0, at - 8), at) if i in heads)
        return any(is_short or layout.sentences[i].block == s.block for i in before)

    def item_end(self, layout: Layout, heads: dict[int, tuple[Known, Mention]], index: int) -> int:
        """The end of an item: the rest of its line, and short lines below it, belong to it."""
        end = layout.sentences[index].end
        line = layout.sentences[index].block
        for i in range(index + 1, min(index + 9, len(layout.sentences))):
            s = layout.sentences[i]
            text = layout.text[s.start : s.end]
            if s.block == line and i not in heads:
                end = s.end
                continue
            if i in heads or s.end - s.start > SHORT_LINE or text.endswith("."):
                break
            if re.match(r"(?:Circumstances|Background|About|Notes?|READ)\b", text):
                break
            end = s.end
        return end
