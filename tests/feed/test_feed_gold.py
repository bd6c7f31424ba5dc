"""No victim, witness or minor of the gold stands in any file of a feed that is made of it.

Refuses the easy list: charged or further, and nobody has reviewed a record. From the score on from which an
accused is listed, no full name in any file, and no part of one in what is told of its story; with any score, none
but of whom the reader took for accused.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.reading_lexicons import load_reading_lexicons
from extraction.language import detect
from extraction.model import Article, CaseReport
from extraction.model.terms import SURE
from extraction.reader import Reader
from extraction.version import EXTRACTOR_VERSION
from storage.records.feed import FeedStage
from storage.store import Store
from tests.storage.samples import NOW
from tipwatch.jobs.feed import FeedOrder, feed
from tipwatch.jobs.stories import read_stories

pytest.importorskip("followthemoney")

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "benchmarks" / "gold"
SHARED = ROOT.parent / "shared" / "gold"
PROTECTED = {"victim", "witness"}
AGE = 18
LETTERS = re.compile(r"[^\W_]+")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def forms(one: dict[str, Any]) -> list[str]:
    return [one["name"], *one.get("aliases", [])]


def folded(text: str) -> str:
    """Words with blanks around, without case, accents, escapes of addresses, or what stands between them."""
    plain = unicodedata.normalize("NFKD", unquote(text)).casefold()
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return f" {' '.join(LETTERS.findall(letters))} "


def is_protected(one: dict[str, Any]) -> bool:
    age = one.get("age")
    return one["role"] in PROTECTED or (one["role"] == "accused" and age is not None and age < AGE)


def full_names(gold: Path) -> set[str]:
    """Protected names of two words or more, folded; not those that stand in the name of an accused adult."""
    people = [one for row in rows(gold) for one in row["persons"]]
    adults = [
        folded(form) for one in people if one["role"] == "accused" and not is_protected(one) for form in forms(one)
    ]
    names = {folded(form) for one in people if is_protected(one) for form in forms(one)}
    return {name for name in names if len(name.split()) > 1 and not any(name in adult for adult in adults)}


def parts(row: dict[str, Any]) -> set[str]:
    """Words of three letters or more of a story's protected names, but those that an accused of it has too."""
    of_accused = {word for one in row["persons"] if one["role"] == "accused" and not is_protected(one)
                  for form in forms(one) for word in folded(form).split()}  # fmt: skip
    words = {
        word for one in row["persons"] if is_protected(one) for form in forms(one) for word in folded(form).split()
    }
    return {word for word in words - of_accused if len(word) > 2}


def held(folder: Path) -> str:
    """Everything that the feed says, folded, escapes undone."""
    texts = [path.read_text(encoding="utf-8-sig") for path in sorted(folder.rglob("*")) if path.is_file()]
    said = " ".join(texts).replace("\\n", " ").replace("\\t", " ")
    return folded(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), said))


def told_of(folder: Path) -> dict[str, str]:
    """What the feed says of each story, folded: titles, addresses, quotes, words around them, charges."""
    told: dict[str, list[str]] = defaultdict(list)
    article_of: dict[str, str] = {}
    for entity in map(json.loads, (folder / "entities.ftm.json").read_bytes().splitlines()):
        if entity["schema"] == "Article":
            told[entity["id"]].append(json.dumps(entity["properties"], ensure_ascii=False))
        elif entity["schema"] == "Documentation":
            (article_of[entity["id"]],) = entity["properties"]["document"]
    for line in map(json.loads, (folder / "evidence.jsonl").read_bytes().splitlines()):
        story = told[line["body"]["tw:article"]]
        story += [line["target"]["source"], json.dumps(line["target"]["selector"], ensure_ascii=False)]
    with (folder / "offences.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            told[article_of[row["proof_id"]]].append(" ".join(row.values()))
    return {key: folded(" ".join(texts)) for key, texts in told.items()}


def found_in(text: str, names: set[str]) -> set[str]:
    return {name for name in names if f" {name.strip()} " in text}


@functools.cache
def reader() -> Reader:
    """One for all sets: it loads a language when a story of it comes."""
    return Reader(load_reading_lexicons(), load_gate_lexicons())


def read_all(store: Store, stem: Path) -> dict[str, CaseReport]:
    """Read a set into the store; reports by the id of the gold."""
    reports: dict[str, CaseReport] = {}
    with stem.with_name(f"{stem.name}.articles.jsonl").open("rb") as stream:
        for story in read_stories(stream, stem.name):
            assert isinstance(story, Article)
            language = story.language or detect(story.text)[0]
            named = replace(story, id=article_id(story.id), language=language)
            reports[story.id] = report = reader().read(named)
            store.articles.save(named, None, EXTRACTOR_VERSION, NOW)
            store.articles.save_report(report, NOW)
    return reports


def article_id(of: str) -> str:
    """As a text has it: no id of a file, which may have a name in it."""
    return hashlib.sha256(of.encode()).hexdigest()


def written(store: Store, folder: Path, min_score: float) -> int:
    order = FeedOrder(
        directory=folder, stage=FeedStage.CHARGED, include_unreviewed=True, min_score=min_score, force=True
    )
    return feed(store, [], order, lambda: NOW).targets


def check(store: Store, folder: Path, stem: Path) -> None:
    """Assertions show numbers, never names: they may be real."""
    gold = stem.with_name(f"{stem.name}.gold.jsonl")
    reports = read_all(store, stem)
    names = full_names(gold)
    assert names
    assert written(store, folder / "sure", SURE) > 10
    assert len(found_in(held(folder / "sure"), names)) == 0
    told = told_of(folder / "sure")
    assert sum(len(found_in(told.get(f"tw-a-{article_id(row['id'])}", ""), parts(row))) for row in rows(gold)) == 0
    assert written(store, folder / "any", 0.0) > 10
    accused = " ".join(
        folded(form) for report in reports.values() for one in report.named for form in (one.name, *one.aliases)
    )
    leaked = found_in(held(folder / "any"), names)
    assert len({name for name in leaked if name not in accused}) == 0


@pytest.mark.slow
@pytest.mark.timeout(900)  # stories are read one by one, on a machine that may be busy
@pytest.mark.parametrize("name", ["open_en", "open3_en"])
def test_our_own_gold(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    check(sqlite_store, tmp_path, OWN / name)


@pytest.mark.slow
@pytest.mark.timeout(900)  # stories are read one by one, on a machine that may be busy
@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: only the founders' machines have it")
@pytest.mark.parametrize("name", ["dev_us", "dev_world_en", "dev_world_other"])
def test_the_development_gold(sqlite_store: Store, tmp_path: Path, name: str) -> None:
    check(sqlite_store, tmp_path, SHARED / name)


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"Maya  SAMPLESON"}',
        "https://x.example/m%C3%A1ya-sampleson",
        '"M\\u00e1ya\\nSampleson"',
        "Maya\nSampleson",
    ],
)
def test_a_leak_would_be_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    assert found_in(held(tmp_path), {" maya sampleson ", " peter lookson "}) == {" maya sampleson "}
