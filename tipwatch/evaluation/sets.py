"""A set of gold: the articles, what is true of them, and a name to print.

Refuses half a set: articles without gold and gold without articles are named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from extraction.model import Article
from tipwatch.errors import CommandError
from tipwatch.evaluation.floors import digest
from tipwatch.evaluation.records import ArticleRecord, read_records
from tipwatch.jobs.stories import Skipped, read_stories

ARTICLES = ".articles.jsonl"
GOLD = ".gold.jsonl"


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldSet:
    """Articles and gold in the order of their files; `digest` is over both files.

    A `closed` set is scored and never shown: whoever reads its texts can no longer be tested by it.
    """

    name: str
    articles: tuple[Article, ...]
    gold: tuple[ArticleRecord, ...]
    digest: str
    closed: bool = False

    @property
    def by_id(self) -> Mapping[str, Article]:
        """Articles by id."""
        return {article.id: article for article in self.articles}


def read_set(articles: Path, gold: Path, *, closed: bool = False) -> GoldSet:
    """Read both files; the set is called as the gold file, without its ending. Raises CommandError, OSError."""
    with articles.open("rb") as stream:
        stories = tuple(one for one in read_stories(stream, str(articles)) if not isinstance(one, Skipped))
    truth = read_records(gold)
    have, want = {story.id for story in stories}, {one.id for one in truth}
    if len(have) != len(stories):
        raise CommandError(f"{articles}: an id stands twice.", "Keep one line an article.")
    for missing, file in ((want - have, articles), (have - want, gold)):
        if missing:
            listed = ", ".join(sorted(missing)[:3])
            raise CommandError(
                f"{file} lacks {len(missing)} of the ids of its partner ({listed}).",
                "A set's two files go together.",
            )
    return GoldSet(
        name=set_name(gold), articles=stories, gold=truth, digest=digest([articles, gold]), closed=closed
    )


def split_languages(whole: GoldSet) -> tuple[GoldSet, ...]:
    """A set of several languages as one set each, `NAME_es`; a set of one language as it is.

    The parts keep the digest of the whole files; articles of no known language are `NAME_unknown`.
    """
    parts: dict[str, list[tuple[Article, ArticleRecord]]] = defaultdict(list)
    truth = {one.id: one for one in whole.gold}
    for article in whole.articles:
        parts[article.language or "unknown"].append((article, truth[article.id]))
    if len(parts) < 2:
        return (whole,)
    return tuple(
        replace(
            whole,
            name=f"{whole.name}_{language}",
            articles=tuple(article for article, _ in part),
            gold=tuple(record for _, record in part),
        )
        for language, part in sorted(parts.items())
    )


def set_files(stem: Path) -> tuple[Path, Path]:
    """`tests/gold/blind_en` means its two files. Raises CommandError when one is not there."""
    files = (stem.with_name(stem.name + ARTICLES), stem.with_name(stem.name + GOLD))
    for file in files:
        if not file.is_file():
            raise CommandError(f"{file}: no such file.", f"A set is NAME{ARTICLES} and NAME{GOLD}.")
    return files


def set_name(gold: Path) -> str:
    """The name of a set by its gold file: `dev_us.gold.jsonl` is `dev_us`."""
    return gold.name.removesuffix(GOLD).removesuffix(".jsonl")
