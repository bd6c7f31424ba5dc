"""Age and minority of a person, each with the span that states it.

Refuses the ages of others: only what stands in the person's own phrase counts.
"""

from __future__ import annotations

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.people import Known
from extraction.components.stated import Stated


class DetailReader:
    """Reads the small facts."""

    def __init__(self, lexis: Lexis) -> None:
        self.n_year_old, self.grown = lexis.pattern("age.n_year_old"), lexis.pattern("age.grown")
        self.after_role = lexis.pattern("age.after_role")
        self.minor_before, self.minor_after = lexis.group("minor_before"), lexis.group("minor_after")

    def age(self, known: Known) -> Stated | None:
        """The current age: as first stated beside the name."""
        for name in known.names:
            if name.age is not None and name.age_span is not None:
                return Stated(str(name.age), *name.age_span, "age.beside_name@1", 0.95)
        return None

    def is_minor(self, layout: Layout, known: Known) -> bool:
        """True when the words beside any mention say that the person is, or was at the time, under 18."""
        for m in known.mentions:
            before = layout.text[max(0, m.phrase_start - 70) : m.phrase_start]
            after = layout.text[m.end : m.end + 60]
            if any(r.regex.search(before) for r in self.minor_before):
                return True
            if any(r.regex.search(after) for r in self.minor_after):
                return True
        return False

    def age_after_role(self, layout: Layout, known: Known) -> Stated | None:
        """ "X (leader), 43" and "X, recruiter, 31": the age behind what the person was."""
        for m in known.mentions:
            end = layout.sentences[m.sentence].end
            found = self.after_role.match(layout.text[m.phrase_end : min(end, m.phrase_end + 60)])
            if found:
                start = m.phrase_end + found.start("age")
                return Stated(found["age"], start, start + len(found["age"]), "age.after_role@1", 0.85)
        return None

    def age_elsewhere(self, layout: Layout, case: Case, known: Known) -> Stated | None:
        """ "The 41-year-old" in a sentence right after one that names only this accused."""
        if len(case.accused) != 1:
            return None
        for m in self.n_year_old.finditer(layout.text):
            if 16 <= int(m[1]) <= 95 and self._main_male(layout, m.start()):
                return Stated(m[1], m.start(1), m.end(1), "age.the_n_year_old@1", 0.6)
        return None

    def _main_male(self, layout: Layout, at: int) -> bool:
        tail = layout.text[at : at + 90]
        return bool(self.grown.search(tail))
