"""Scores the reader on gold: ours always, the founders' `../shared/gold` where it is; `make eval`.

Refuses to pass silently: a figure under its floor in `benchmarks/floors.toml` fails; an absent set is named.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.scoring import score
from config.reading_lexicons import load_reading_lexicons
from extraction.model import Article
from extraction.predictions import prediction
from extraction.reader import Reader, ReadFailure

ROOT = Path(__file__).resolve().parent
OWN = ROOT / "gold"
SHARED = ROOT.parent.parent / "shared" / "gold"
OWN_SETS = ("open_en", "open2_en", "open3_en", "blind_en")  # only blind_en was never used, by rules or weights
SHARED_SETS = ("dev_us", "dev_world_en")
COLUMNS = (
    ("relevance", "f1"),
    ("accused", "p"),
    ("accused", "r"),
    ("accused", "f1"),
    ("victims_named_as_accused", None),
    ("officials_named_as_accused", None),
    ("status_accuracy", None),
    ("age_accuracy", None),
    ("nationality_accuracy", None),
    ("offences", "f1"),
    ("whole_record_exact", None),
)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """JSON lines of a file."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def read_set(reader: Reader, path: Path) -> tuple[dict[str, dict[str, Any]], float]:
    """Predictions by id, and articles a second."""
    articles = [
        Article(
            id=x["id"],
            url=x["url"],
            text=x["text"],
            title=x["title"],
            language=x["language"],
            country=x["country"],
            published=x["date"],
            source=x["source"],
        )
        for x in lines(path)
    ]
    began = time.perf_counter()
    reports = [r for r in reader.read_many(articles) if not isinstance(r, ReadFailure)]
    speed = len(articles) / (time.perf_counter() - began)
    return {r.article_id: prediction(r) for r in reports}, speed


def shared_score(name: str, predicted: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What the founders' own scorer says, run as a program."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(json.dumps(p) + "\n" for p in predicted.values()))
        file.flush()
        command = [
            sys.executable,
            str(SHARED / "score.py"),
            str(SHARED / f"{name}.gold.jsonl"),
            file.name,
            "--json",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def value(result: Mapping[str, Any], key: str, part: str | None) -> float:
    """One figure of a result."""
    return float(result[key][part] if part else result[key])


def faults(name: str, result: Mapping[str, Any], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Figures under their floor, or over their ceiling (`max_…`)."""
    found = []
    for key, bound in floors.get(name, {}).items():
        ceiling = key.startswith("max_")
        field, _, part = key.removeprefix("max_").partition(".")
        got = value(result, field, part or None)
        if (got > bound) if ceiling else (got < bound):
            found.append(f"{name}: {key} is {got:.3f}, {'ceiling' if ceiling else 'floor'} {bound}")
    return found


def main() -> int:
    """Print a table; 1 when a floor is undercut."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--own", nargs="*", default=list(OWN_SETS), help="sets of benchmarks/gold to score")
    parser.add_argument("--json", action="store_true", help="print the whole figures")
    options = parser.parse_args()
    floors = tomllib.loads((ROOT / "floors.toml").read_text(encoding="utf-8"))
    reader = Reader(load_reading_lexicons(), {})
    wrong: list[str] = []
    print(
        f"{'set':16}"
        + "".join(f"{(k + ('.' + p if p else ''))[:13]:>14}" for k, p in COLUMNS)
        + f"{'articles/s':>12}"
    )
    for name, folder in [*((n, OWN) for n in options.own), *((n, SHARED) for n in SHARED_SETS)]:
        if not (folder / f"{name}.gold.jsonl").exists():
            print(f"{name:16}  absent: {folder}")
            continue
        predicted, speed = read_set(reader, folder / f"{name}.articles.jsonl")
        gold = list(lines(folder / f"{name}.gold.jsonl"))
        result = shared_score(name, predicted) if folder == SHARED else score(gold, predicted)
        print(f"{name:16}" + "".join(f"{value(result, k, p):14.3f}" for k, p in COLUMNS) + f"{speed:12.1f}")
        if options.json:
            print(json.dumps(result))
        wrong += faults(name, result, floors)
    print("\n".join(wrong) if wrong else "every floor holds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
