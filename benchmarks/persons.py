"""Who is one person, measured: the real chains of releases, invented hard cases, and growth with the population.

Refuses to tune to a name: the chains are real people's, so what is wrong there is counted and never written down.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.crowd import crowd
from config.gate_lexicons import load_gate_lexicons
from config.reading_lexicons import load_reading_lexicons
from extraction.model import Accused, Article, CaseReport, CountryRole, Offence, Stage
from extraction.reader import Reader
from storage.resolution.clusters import resolve
from storage.resolution.likeness import likeness
from storage.resolution.matching import match
from storage.resolution.mention import Mention
from storage.resolution.names import NameCounts, fold
from tipwatch.jobs.stories import read_stories

ROOT = Path(__file__).resolve().parent
CHAINS = ROOT.parent.parent / "shared" / "gold" / "chains"
HARD = ROOT / "gold" / "persons.jsonl"
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

Pair = tuple[str, str]


def chains(stem: Path = CHAINS) -> Mapping[str, object]:
    """Pairwise precision and recall over the defendants of the real chains, read by our reader.

    `recall` counts a release in which the reader does not find the defendant as missed; `recall_read` leaves those
    releases out. `odd` counts joins, anywhere in these releases, of persons whose names exclude each other.
    """
    articles = stories(stem.with_name(f"{stem.name}.articles.jsonl"))
    return scored(list(read(articles)), _lines(stem.with_suffix(".jsonl")))


def scored(mentions: Sequence[Mention], gold_chains: Iterable[Mapping[str, Any]]) -> Mapping[str, object]:
    """The figures of `chains` for mentions that were read already.

    Chains whose defendants differ by the word "Co-defendant" alone are one person's, and are counted as one;
    `precision_as_listed` leaves them apart.
    """
    by_article: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_article.setdefault(mention.article_id, []).append(mention)
    gold: dict[str, str] = {}
    listed: dict[str, str] = {}
    wanted: dict[str, list[str | None]] = {}
    for n, chain in enumerate(gold_chains):
        ids = wanted.setdefault(_defendant(chain), [])
        for release in chain["releases"]:
            named = _named(_defendant(chain), by_article.get(release["id"], ()))
            ids.append(None if named is None else named.id)
            if named is not None:
                gold[named.id] = _defendant(chain)
                listed[named.id] = str(n)
    clusters = persons(mentions)
    ours = pairs(clusters, gold.keys())
    truth = pairs(_groups(gold), gold.keys())
    missed = sum(1 for ids in wanted.values() for x, y in itertools.combinations(ids, 2) if x is None or y is None)
    every = {m.id: m for m in mentions}
    return {
        "mentions": len(mentions),
        "precision": _share(len(ours & truth), len(ours)),
        "precision_as_listed": _share(len(ours & pairs(_groups(listed), listed.keys())), len(ours)),
        "recall": _share(len(ours & truth), len(truth) + missed),
        "recall_read": _share(len(ours & truth), len(truth)),
        "unread": sum(one is None for ids in wanted.values() for one in ids),
        "joined": sum(len(c) > 1 for c in clusters),
        "odd": sum(
            likeness(every[x].name, every[y].name).apart
            for cluster in clusters
            for x, y in itertools.combinations(sorted(cluster), 2)
        ),
    }


def stories(path: Path) -> list[Article]:
    """The stories of a file, one a line."""
    with path.open("rb") as stream:
        return [one for one in read_stories(stream, str(path)) if isinstance(one, Article)]


def read(articles: Iterable[Article]) -> Iterator[Mention]:
    """Every accused of these texts as a mention, read by the pipeline that ships."""
    held = {article.id: article for article in articles}
    reader = Reader(load_reading_lexicons(), load_gate_lexicons())
    for report in reader.read_many(held.values()):
        if isinstance(report, CaseReport):
            article = held[report.article_id]
            for n, accused in enumerate(report.named):
                yield _mention(article, report, accused, n)


def hard(part: str | None = None, path: Path = HARD) -> Mapping[str, object]:
    """Pairwise precision and recall on invented persons of many cultures (`part`: "dev" or "held"; None: both).

    `wrong` and `missing` name the pairs (every person in that file is invented), with the machine's score.
    """
    lines = [line for line in _lines(path) if part is None or line["part"] == part]
    mentions = [invented(line) for line in lines]
    counts = NameCounts.of(mentions)
    edges = list(match(mentions, counts))
    ours = pairs(resolve(mentions, edges), {m.id for m in mentions})
    truth = pairs(_groups({line["id"]: line["person"] for line in lines}), {m.id for m in mentions})
    seen = {(edge.left, edge.right): edge for edge in edges}
    held = {m.id: m for m in mentions}

    def told(found: set[Pair]) -> list[str]:
        return [
            f"{held[x].name} ({x}) / {held[y].name} ({y}): "
            + (f"{seen[x, y].score:.3f} {', '.join(seen[x, y].reasons)}" if (x, y) in seen else "below doubt")
            for x, y in sorted(found)
        ]

    return {
        "mentions": len(mentions),
        "persons": len({line["person"] for line in lines}),
        "precision": _share(len(ours & truth), len(ours)),
        "recall": _share(len(ours & truth), len(truth)),
        "asked": len(seen.keys() - ours),
        "found_or_asked": _share(len(truth & (ours | seen.keys())), len(truth)),
        "wrong": told(ours - truth),
        "missing": told(truth - ours),
    }


def growth(small: int = 20_000, factor: int = 10) -> Mapping[str, object]:
    """Seconds of the whole resolution of `small` persons and of `factor` times as many, with what is right in it.

    `ours` and `peer` are seconds of this process (whatever else the machine does) at the larger size; `ratio` is
    ours there by ours at the smaller size (goal: < 13 for ten times the persons). The peer joins equal full
    names within a country.
    """
    figures: dict[str, object] = {}
    seconds: dict[int, float] = {}
    peer = 0.0
    for size in (small, small * factor):
        mentions, truth = crowd(size)
        began = time.process_time()
        ours = persons(mentions)
        seconds[size] = time.process_time() - began
        began = time.process_time()
        naive = by_name(mentions)
        peer = time.process_time() - began
        figures[f"mentions_{size}"] = len(mentions)
        figures[f"seconds_{size}"] = round(seconds[size], 1)
        figures[f"precision_{size}"], figures[f"recall_{size}"] = quality(ours, truth)
        figures[f"peer_precision_{size}"], figures[f"peer_recall_{size}"] = quality(naive, truth)
    larger = seconds[small * factor]
    return {"ours": larger, "peer": peer, "ratio": larger / seconds[small], **figures}


def by_name(mentions: Iterable[Mention]) -> list[list[str]]:
    """The peer: mentions with one full name in one country are one person."""
    found: dict[tuple[str, frozenset[str]], list[str]] = {}
    for mention in mentions:
        found.setdefault((fold(mention.name), mention.countries), []).append(mention.id)
    return list(found.values())


def quality(clusters: Iterable[Collection[str]], truth: Mapping[str, int]) -> tuple[float, float]:
    """Pairwise precision and recall, counted by sizes so that large clusters cost nothing."""
    right = together = 0
    for cluster in clusters:
        together += math.comb(len(cluster), 2)
        right += sum(math.comb(n, 2) for n in Counter(truth[m] for m in cluster).values())
    wanted = sum(math.comb(n, 2) for n in Counter(truth.values()).values())
    return _share(right, together), _share(right, wanted)


def invented(line: Mapping[str, Any]) -> Mention:
    """A line of `benchmarks/gold/persons.jsonl`."""
    return Mention(
        id=line["id"],
        name=line["name"],
        aliases=tuple(line.get("aliases", ())),
        article_id=line["article"],
        group=line.get("group", line["article"]),
        date=dt.date.fromisoformat(line["date"]),
        age=line.get("age"),
        nationality=line.get("nationality"),
        countries=frozenset({line["country"]}),
        source=line["source"],
        courts=frozenset(line.get("courts", ())),
        stage=Stage(line["stage"]),
        offences=frozenset({Offence.TRAFFICKING_UNSPECIFIED}),
        companions=frozenset(map(fold, line.get("companions", ()))),
        first_seen=FIRST,
    )


def persons(mentions: Sequence[Mention]) -> tuple[frozenset[str], ...]:
    """The whole resolution without a database: counts, keys, pairs, clusters."""
    counts = NameCounts.of(mentions)
    return resolve(mentions, match(mentions, counts))


def pairs(clusters: Iterable[Collection[str]], among: Collection[str]) -> set[Pair]:
    """The pairs of `among` that are together."""
    return {pair for cluster in clusters for pair in itertools.combinations(sorted(set(cluster) & set(among)), 2)}


def _defendant(chain: Mapping[str, Any]) -> str:
    return str(chain["defendant"]).removeprefix("Co-defendant ").strip()


def _named(defendant: str, mentions: Iterable[Mention]) -> Mention | None:
    """The mention that names the defendant: the fullest of those whose name does not exclude his."""
    fitting = [
        (found.whole, m.id, m)
        for m in mentions
        for form in (m.name, *m.aliases)
        if not (found := likeness(defendant, form)).apart and found.whole > 1
    ]
    return max(fitting)[2] if fitting else None


def _groups(gold: Mapping[str, str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for mention, person in gold.items():
        found.setdefault(person, []).append(mention)
    return list(found.values())


def _mention(article: Article, report: CaseReport, accused: Accused, n: int) -> Mention:
    prosecution = frozenset(c.country for c in report.countries if c.role is CountryRole.PROSECUTION)
    reporting = frozenset(c.country for c in report.countries if c.role is CountryRole.REPORTING)
    return Mention(
        id=f"{article.id}/{n}",
        name=accused.name,
        aliases=accused.aliases,
        article_id=article.id,
        group=article.id,
        date=dt.date.fromisoformat(article.published[:10]) if article.published else None,
        age=accused.age,
        nationality=accused.nationality,
        countries=prosecution or reporting,
        source=article.source,
        courts=frozenset(court.name for court in report.courts),
        stage=accused.stage,
        offences=accused.offences,
        companions=frozenset(fold(other.name) for other in report.named) - {fold(accused.name)},
        first_seen=FIRST,
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
