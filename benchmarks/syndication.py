"""Copies of one report told from other stories: precision and recall on invented pairs, and texts a second.

Refuses a figure without its peer: datasketch's MinHashLSH at a Jaccard of 0.8 and 0.5, and equality of the words.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.resolution import syndication

GOLD = Path(__file__).parent / "gold" / "syndication.jsonl"
OPEN, HELD_OUT, AFTER = "open", "held_out", "after"
"""Parts: read while the rule was made; written when it stood; written after the second look (benchmarks/gold)."""
SIZES = (1_000, 10_000)
LENGTH = 220  # words of a generated story


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two invented texts, and whether they are copies of one report."""

    id: str
    part: str
    kind: str
    copy: bool
    language: str
    a: str
    b: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Right and wrong of one judge on pairs."""

    found: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the pairs called copies that are; 1 where none was."""
        called = self.found + self.wrong
        return self.found / called if called else 1.0

    @property
    def recall(self) -> float:
        """Share of the copies that were found; 1 where there are none."""
        there = self.found + self.missed
        return self.found / there if there else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 where both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


Judge = Callable[[str, str], bool]


def pairs(*parts: str) -> list[Pair]:
    """The pairs of these parts, of all without any."""
    found = [Pair(**json.loads(line)) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    return [pair for pair in found if not parts or pair.part in parts]


def ours(a: str, b: str) -> bool:
    """As in production: the texts meet in a band, and are then verified."""
    left, right = syndication.signature(a), syndication.signature(b)
    if set(syndication.bands(left)).isdisjoint(syndication.bands(right)):
        return False
    return syndication.is_copy(a, b, syndication.similarity(left, right)) is not None


def equal(a: str, b: str) -> bool:
    """The words are the same."""
    return a.casefold().split() == b.casefold().split()


def datasketch_at(threshold: float) -> Judge:
    """datasketch's MinHashLSH over shingles of five words, 128 permutations, as its documentation shows."""

    def judge(a: str, b: str) -> bool:
        from datasketch import MinHashLSH

        index = MinHashLSH(threshold=threshold, num_perm=128)
        index.insert("a", _sketch(a))
        return bool(index.query(_sketch(b)))

    return judge


def _sketch(text: str):  # type: ignore[no-untyped-def]
    from datasketch import MinHash

    words = text.casefold().split()
    if len(words) < 20:  # no spaces: characters
        words = list("".join(words))
    sketch = MinHash(num_perm=128, seed=1)
    sketch.update_batch([" ".join(words[n : n + 5]).encode() for n in range(max(1, len(words) - 4))])
    return sketch


def judges() -> Mapping[str, Judge]:
    """Ours and its peers, by name; datasketch only where it is installed."""
    found: dict[str, Judge] = {"ours": ours}
    try:
        import datasketch  # noqa: F401
    except ImportError:
        pass
    else:
        found |= {"datasketch at 0.8": datasketch_at(0.8), "datasketch at 0.5": datasketch_at(0.5)}
    return found | {"equal words": equal}


def score(judge: Judge, among: Sequence[Pair]) -> Score:
    """One judge's right and wrong."""
    said = [(pair.copy, judge(pair.a, pair.b)) for pair in among]
    return Score(
        found=sum(copy and call for copy, call in said),
        wrong=sum(call and not copy for copy, call in said),
        missed=sum(copy and not call for copy, call in said),
    )


def wrong(judge: Judge, among: Sequence[Pair]) -> list[Pair]:
    """The pairs that a judge gets wrong."""
    return [pair for pair in among if judge(pair.a, pair.b) is not pair.copy]


def stories(count: int, seed: int = 1) -> list[syndication.Text]:
    """Generated texts of words at their own frequencies; one in five is a shortened copy with its own lead."""
    rng = random.Random(seed)
    words = [word for pair in pairs(OPEN) if pair.language == "en" for word in pair.a.split()]
    texts: list[list[str]] = []
    for n in range(count):
        if n % 5 == 4:
            whole = texts[rng.randrange(max(0, n - 50), n)]
            texts.append([*rng.choices(words, k=30), *whole[: rng.randrange(90, LENGTH)]])
        else:
            texts.append(rng.choices(words, k=LENGTH))
    joined = (" ".join(text) for text in texts)
    return [
        syndication.Text(id=f"{n:06}", order=f"{n:06}", text=text, signature=b"") for n, text in enumerate(joined)
    ]


def seconds(texts: Sequence[syndication.Text]) -> tuple[float, int]:
    """Seconds of one core to sign and group these texts, and how many joined an earlier one."""
    start = time.process_time()
    signed = [
        syndication.Text(id=one.id, order=one.order, text=one.text, signature=syndication.signature(one.text))
        for one in texts
    ]
    joined = sum(one.group != one.id for one in syndication.groups(signed))
    return time.process_time() - start, joined


def peer_seconds(texts: Sequence[syndication.Text]) -> float:
    """Seconds of one core in which datasketch sketches these texts and asks its index at 0.5, unverified."""
    from datasketch import MinHashLSH

    start = time.process_time()
    index, group = MinHashLSH(threshold=0.5, num_perm=128), defaultdict(str)
    for one in texts:
        sketch = _sketch(one.text)
        group[one.id] = min(index.query(sketch), default=one.id)
        index.insert(one.id, sketch)
    return time.process_time() - start


def report(sizes: Sequence[int] = SIZES) -> list[str]:
    """The figures as lines: quality by part and judge, speed by size, growth."""
    lines = []
    for part in (OPEN, HELD_OUT, AFTER):
        among = pairs(part)
        copies = sum(pair.copy for pair in among)
        lines.append(f"syndication {part}: {copies} copies, {len(among) - copies} other pairs")
        for name, judge in judges().items():
            got = score(judge, among)
            lines.append(f"  {name:18} precision {got.precision:.3f} recall {got.recall:.3f} F1 {got.f1:.3f}")
    taken = {}
    for size in sizes:
        texts = stories(size)
        taken[size], joined = seconds(texts)
        line = f"syndication speed: {size} texts {size / taken[size]:.0f} a second of one core, {joined} joined"
        if "datasketch at 0.5" in judges():
            line += f"; datasketch, unverified: {size / peer_seconds(texts):.0f}/s"
        lines.append(line)
    growth = taken[sizes[-1]] / taken[sizes[0]]
    lines.append(f"syndication growth: {sizes[-1] // sizes[0]} times the texts cost {growth:.1f} times the time")
    return lines


if __name__ == "__main__":
    for told in report():
        print(told)
