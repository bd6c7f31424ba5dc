"""Whom the reader accuses in 2,000 invented stories that accuse nobody: `python -m benchmarks.negatives`.

Refuses to judge and to train: it prints the skeletons that went wrong, and names only invented people.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from config.reading_lexicons import load_reading_lexicons
from extraction.components.layout import mend
from extraction.model import CaseReport
from extraction.reader import Reader
from tests.extraction.negatives import FILE, FRESH, Negative, expand

COUNT = 2000
BATCH = 50


@dataclass(kw_only=True, slots=True)
class Tally:
    """What the reader made of texts in which nobody is accused. `seconds` is reading alone, without loading."""

    texts: int = 0
    possible: int = 0  # texts with a word of the topic, which are read to the end
    relevant: Counter[str] = field(default_factory=Counter)  # texts called relevant, by skeleton
    accused: Counter[str] = field(default_factory=Counter)  # persons accused, by skeleton
    named: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        share = self.possible / self.texts if self.texts else 0.0
        speed = self.texts / self.seconds if self.seconds else 0.0
        return (
            f"{self.texts} texts ({share:.0%} with a topic word), {speed:.1f} texts/s: "
            f"{sum(self.accused.values())} false accused in {len(self.accused)} skeletons, "
            f"{sum(self.relevant.values())} falsely relevant in {len(self.relevant)}, "
            f"{len(self.failed)} not read\n"
            f"accused: {dict(self.accused.most_common())}\nrelevant: {dict(self.relevant.most_common())}"
        )


def build() -> Reader:
    """The reader with its lexicons; the pipeline itself is built at the first text."""
    return Reader(load_reading_lexicons(), {})


def measure(reader: Reader, negatives: Iterable[Negative], *, progress: bool = False) -> Tally:
    """Read every text and count what is wrong, which is every accused person."""
    tally = Tally()
    possible = reader._pipeline("en")[1].topic.is_possible
    began = time.perf_counter()
    for negative in negatives:
        tally.texts += 1
        key, text = negative.skeleton.id, negative.article.text
        tally.possible += possible(mend(text))
        (report,) = reader.read_many([negative.article])
        if not isinstance(report, CaseReport):
            tally.failed.append(f"{key}: {report.error_class}")
            continue
        if report.relevant:
            tally.relevant[key] += 1
        for person in report.accused:
            tally.accused[key] += 1
            tally.named.append(f"{negative.article.id}: {person.name} {person.stage} {person.score:.2f}")
        if progress and tally.texts % BATCH == 0:
            print(f"{tally.texts}: {sum(tally.accused.values())} accused", flush=True)
    tally.seconds = time.perf_counter() - began
    return tally


def main() -> None:
    """Print the tally; the exit code says only whether it ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="texts; the first rounds of every skeleton")
    parser.add_argument("--named", action="store_true", help="also list every false accused")
    parser.add_argument("--show", metavar="SKELETON", help="print the first text of a skeleton and stop")
    parser.add_argument("--fresh", action="store_true", help="the second set, whose texts nobody opens")
    asked = parser.parse_args()
    file = FRESH if asked.fresh else FILE
    if asked.show:
        print(next(n.article.text for n in expand(COUNT, file=file) if n.skeleton.id == asked.show))
        return
    tally = measure(build(), expand(asked.count, file=file), progress=True)
    if asked.named:
        print("\n".join(tally.named))
    print(tally)


if __name__ == "__main__":
    main()
