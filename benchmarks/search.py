"""The search of a feed: how fast, how much memory, and whom it misses that nomenklatura finds by comparing all.

Refuses real persons: names are invented (`crowd`), and misspelled, shortened and transliterated by rules.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.crowd import crowd
from tipwatch.feed.files import ENTITIES, FORMAT, INDEX, write_json, write_lines, written
from tipwatch.feed.lines import Entity, line
from tipwatch.feed.search import MOST_HITS, THRESHOLD, Search, SearchQuery
from tipwatch.feed.snapshot import Snapshot

PERSONS = 100_000
QUERIES = 300
BRUTE = (1_000, 150)
"""Persons and queries that nomenklatura compares one by one."""
MEMORY = 300
"""MiB that a search of so many persons may add."""

SPELLINGS = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("ou", "u"), ("ee", "i"), ("y", "i"), ("i", "y"), ("v", "w"),
    ("kh", "h"), ("sh", "sch"), ("z", "s"), ("oo", "u"), ("aa", "a"), ("mm", "m"), ("ss", "s"), ("th", "t"),
    ("c", "k"),
)  # fmt: skip
SCRIPTS = ("Cyrillic", "Greek", "Arabic", "Devanagari", "Hangul")

Variants = Mapping[str, Callable[[str, Random], str | None]]


def persons(n: int, seed: int = 7) -> list[tuple[str, tuple[str, ...], int | None, str]]:
    """Name, aliases, year of birth and country of invented persons."""
    mentions, truth = crowd(n, seed)
    told = defaultdict(list)
    for one in mentions:
        told[truth[one.id]].append(one)
    made = []
    for several in (told[k] for k in sorted(told)):
        first = several[0]
        aliases = tuple(sorted({one.name for one in several} - {first.name}))
        born = None if first.age is None or first.date is None else first.date.year - first.age
        made.append((first.name, aliases, born, min(first.countries)))
    return made


def entities(crowd: list[tuple[str, tuple[str, ...], int | None, str]]) -> Iterator[bytes]:
    """Lines of the full file: a person has a case, a part in it, a story and its proof; sorted by id."""

    def made(key: str, schema: str, caption: str, values: dict[str, list[str]]) -> Entity:
        return {
            "id": key, "caption": caption, "schema": schema, "properties": values, "referents": [],
            "datasets": ["tipwatch_convicted"], "first_seen": "2026-01-01T00:00:00",
            "last_seen": "2026-01-01T00:00:00", "last_change": "2026-01-01T00:00:00", "target": schema == "Person",
        }  # fmt: skip

    def address(n: int) -> list[str]:
        return [f"https://herald.example/news/a-man-was-sentenced-for-trafficking-in-persons-{n}"]

    for n in range(len(crowd)):
        values = {"title": ["A man was sentenced for trafficking in persons"], "sourceUrl": address(n)}
        yield line(made(f"tw-a-{n:064x}", "Article", "Article", values))
    for n, (*_, country) in enumerate(crowd):
        yield line(made(f"tw-c-{n:016x}", "CourtCase", "Case", {"country": [country], "name": ["Case"]}))
    for n, (name, aliases, born, country) in enumerate(crowd):
        values = {"name": [name], "country": [country], "topics": ["crime"], "sourceUrl": address(n)}
        if aliases:
            values["alias"] = list(aliases)
        if born is not None:
            values["birthDate"] = [str(born - 1), str(born)]
        yield line(made(f"tw-p-{n:016x}", "Person", name, values))
    for n in range(len(crowd)):
        values = {"party": [f"tw-p-{n:016x}"], "case": [f"tw-c-{n:016x}"], "role": ["convicted"]}
        yield line(made(f"tw-party-p-{n:016x}-c-{n:016x}", "CourtCaseParty", "Party", values))
    for n in range(len(crowd)):
        values = {"document": [f"tw-a-{n:064x}"], "entity": [f"tw-p-{n:016x}"], "sourceUrl": address(n)}
        yield line(made(f"tw-proof-{n:020x}", "Documentation", "Documentation", values))


def write(folder: Path, crowd: list[tuple[str, tuple[str, ...], int | None, str]]) -> None:
    """A feed's folder with no more than its entities, coverage and index."""
    folder.mkdir()
    write_lines(folder / ENTITIES, entities(crowd))
    write_json(folder / "coverage.json", [])
    rows = [
        {"path": one.path, "size": one.size, "sha256": one.sha256, "mime_type": ""}
        for one in (written(folder, path) for path in (ENTITIES, "coverage.json"))
    ]
    gate = {"stage": "convicted", "include_unreviewed": False, "min_score": 0.75}
    write_json(folder / INDEX, {"format": FORMAT, "version": "20260101000000", "gate": gate, "resources": rows})


def _mistyped(name: str, random: Random) -> str | None:
    words = name.split()
    n = max(range(len(words)), key=lambda k: len(words[k]))
    word = words[n]
    if len(word) < 6:
        return None
    at = random.randrange(1, len(word) - 1)
    letter = random.choice("aeinrst")
    words[n] = random.choice((
        word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ))  # fmt: skip
    return " ".join(words)


def _respelled(name: str, random: Random) -> str | None:
    fitting = [pair for pair in SPELLINGS if pair[0] in name]
    return name.replace(*random.choice(fitting), 1) if fitting else None


def _between(change: Callable[[list[str], Random], list[str]]) -> Callable[[str, Random], str | None]:
    """A change of names of three words or more."""
    return lambda name, random: " ".join(change(name.split(), random)) if name.count(" ") > 1 else None


def _script(script: str) -> Callable[[str, Random], str | None]:
    def written_in(name: str, _: Random) -> str | None:
        import icu

        return str(icu.Transliterator.createInstance(f"Latin-{script}").transliterate(name))

    return written_in


VARIANTS: Variants = {
    "the same": lambda name, _: name,
    "capitals": lambda name, _: name.upper(),
    "surname first": lambda name, _: " ".join([*name.split()[-1:], *name.split()[:-1]]),
    "middle name dropped": _between(lambda words, _: [words[0], *words[2:]]),
    "middle name as initial": _between(lambda words, _: [words[0], words[1][:1] + ".", *words[2:]]),
    "middle name added": lambda name, _: " ".join([*name.split()[:1], "Testino", *name.split()[1:]]),
    "one letter wrong": _mistyped,
    "spelled otherwise": _respelled,
    "spelled otherwise twice": lambda name, random: _respelled(_respelled(name, random) or "", random),
    "words joined": lambda name, _: "".join(name.lower().split()[:2]) + " " + " ".join(name.split()[2:]),
    "with a title": lambda name, _: f"Mr. {name}",
    **{f"in {script}": _script(script) for script in SCRIPTS},
}


def queries(names: list[str], n: int, seed: int = 3) -> Iterator[tuple[str, int, str]]:
    """Kind of variant, number of the person who is meant, and the name as it is searched for."""
    random = Random(seed)
    kinds = list(VARIANTS.items())
    for k in range(n):
        kind, change = kinds[k % len(kinds)]
        for _ in range(50):
            person = random.randrange(len(names))
            asked = change(names[person], random)
            if asked and asked.strip():
                yield kind, person, asked
                break


def scale(n: int = PERSONS, asked: int = QUERIES) -> Mapping[str, object]:
    """Seconds to open and to build, MiB, milliseconds a query, and who is missed that LogicV2 would show."""
    crowd = persons(n)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "feed"
        write(folder, crowd)
        size = (folder / ENTITIES).stat().st_size
        began = time.perf_counter()
        snapshot = Snapshot.open(folder)
        opened = time.perf_counter() - began
        Search(_small(Path(name) / "small"))  # the libraries are loaded, and their own tables
        before, began, cpu = _resident(), time.perf_counter(), time.process_time()
        search = Search(snapshot)
        built, cpu = time.perf_counter() - began, time.process_time() - cpu
        memory = _resident() - before
        seconds, missed, shown, kinds = [], 0, 0, defaultdict(list)
        for kind, person, text in queries([one[0] for one in crowd], asked):
            query = SearchQuery(name=text, limit=MOST_HITS)
            began = time.perf_counter()
            hits = search.find(query)
            seconds.append(time.perf_counter() - began)
            key = f"tw-p-{person:016x}"
            direct = search.score(query, key)
            found = any(one.id == key for one in hits)
            if direct >= THRESHOLD:
                shown += 1
                full = len(hits) == MOST_HITS and hits[-1].score >= direct
                missed += not found and not full
            kinds[kind].append((direct >= THRESHOLD, found and direct >= THRESHOLD))
        return {
            "persons": n, "file": f"{size / 2**20:.0f} MiB", "open": f"{opened:.1f} s",
            "build": f"{built:.1f} s ({cpu:.1f} of the processor)", "memory": f"{memory:.0f} MiB of {MEMORY}",
            "query": f"median {1000 * statistics.median(seconds):.0f} ms, 95 % below "
            f"{1000 * sorted(seconds)[int(len(seconds) * 0.95)]:.0f} ms, most {1000 * max(seconds):.0f} ms",
            "LogicV2 matches who is meant": shown, "of them we miss": missed, "queries": len(seconds),
            **{f"  {kind}": f"{sum(f for _, f in told)} of {sum(d for d, _ in told)} ({len(told)} asked)"
               for kind, told in kinds.items()},
        }  # fmt: skip


def brute(n: int = BRUTE[0], asked: int = BRUTE[1]) -> Mapping[str, object]:
    """Pairs that LogicV2 holds for a match when it compares all with all, as they stand; and ours of them."""
    from followthemoney import EntityProxy
    from nomenklatura.matching import LogicV2

    crowd = persons(n)
    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "feed", crowd)
        snapshot = Snapshot.open(Path(name) / "feed")
        search, config = Search(snapshot), LogicV2.default_config()
        listed = [json.loads(one) for one in snapshot.entities.lines("tw-p-")]
        all_pairs, lost, more, meant = 0, [], 0, [0, 0, 0]
        theirs_seconds = ours_seconds = 0.0
        for k, (_, person, text) in enumerate(queries([one[0] for one in crowd], asked)):
            query = EntityProxy.from_dict(
                {"id": f"brute-{k}", "schema": "Person", "properties": {"name": [text]}}, cleaned=True
            )
            began = time.perf_counter()
            theirs: dict[str, float] = {}
            for one in listed:
                found = LogicV2.compare(query, EntityProxy.from_dict(dict(one), cleaned=True), config).score
                if found >= THRESHOLD:
                    theirs[one["id"]] = found
            theirs_seconds += time.perf_counter() - began
            began = time.perf_counter()
            ours = {one.id: one.score for one in search.find(SearchQuery(name=text, limit=MOST_HITS)) if one.match}
            ours_seconds += time.perf_counter() - began
            full = len(ours) == MOST_HITS
            all_pairs += len(theirs)
            lost += [(text, one, found) for one, found in theirs.items() if one not in ours and not full]
            more += len(ours.keys() - theirs.keys())
            key = f"tw-p-{person:016x}"
            meant = [meant[0] + 1, meant[1] + (key in theirs), meant[2] + (key in ours)]
        return {
            "persons": n, "queries": meant[0], "pairs that match, all compared": all_pairs, "we miss": len(lost),
            "pairs that match with us only (other scripts)": more,
            "who is meant is found": f"{meant[1]} by comparing all, {meant[2]} by us",
            "seconds": f"{theirs_seconds:.0f} by comparing all, {ours_seconds:.1f} by us",
            "missed": lost[:10],
        }  # fmt: skip


def _small(folder: Path) -> Snapshot:
    write(folder, persons(20))
    snapshot = Snapshot.open(folder)
    Search(snapshot).find(SearchQuery(name="Ravi Testman"))
    return snapshot


def _resident() -> float:
    """MiB that the process holds now, less the mapped file."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows: dict[str, Any] = dict(row.split(":", 1) for row in status.read_text().splitlines() if ":" in row)
    return int(rows["RssAnon"].split()[0]) / 1024


def main() -> int:
    """Print the figures; 1 when somebody is missed whom LogicV2 would show."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--brute", type=int, nargs=2, default=BRUTE, metavar=("PERSONS", "QUERIES"))
    given = parser.parse_args()
    at_scale = scale(given.persons, given.queries)
    against = brute(*given.brute)
    for figures in (at_scale, against):
        for key, value in figures.items():
            print(f"{key}: {value}")
    return int(bool(at_scale["of them we miss"] or against["we miss"]))


if __name__ == "__main__":
    raise SystemExit(main())
