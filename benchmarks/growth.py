"""What somebody waits for on a database that has grown, and what a story costs there and on a small one.

Refuses a bare query: whole commands in their own processes, pages as the review's server makes them, the store's
own writing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.crowd import crowd
from benchmarks.grown import PERSONS, STORIES, grow
from benchmarks.store import _article, _report
from extraction.version import EXTRACTOR_VERSION
from storage.records.pages import FetchedPage
from storage.store import Store

ROOT = Path(__file__).resolve().parent.parent
SMALL = 10_000
MOST_SECONDS = 2.0
MOST_RATIO = 1.2
WRITTEN = 400
"""Stories of which the cost is taken, four batches of the store."""
ROUNDS = 3
TOKEN = "t" * 43
PROCESSED = "import atexit, sys, time\natexit.register(lambda: print(time.process_time(), file=sys.stderr))\n"
COMMAND = PROCESSED + "from tipwatch.cli import main\nmain()\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Seconds by the clock and of the processor, best of some rounds: the machine may do other things."""

    name: str
    seconds: float
    cpu: float
    said: str = ""


def ratio(stories: int = 200_000) -> Mapping[str, object]:
    """For `benchmarks.speed`: `ours`, `peer` are seconds of 1,000 stories on the grown and on a small database.

    `slowest`: the command or page that takes most, in CPU seconds.
    """
    with tempfile.TemporaryDirectory() as name:
        small, large = Path(name) / "small", Path(name) / "large"
        made(small, SMALL)
        made(large, stories)
        waited = [one for one in interactive(large) if one.name != REFRESH]
        before, after = written_side_by_side(small, large)
    slowest = max(waited, key=lambda one: one.cpu)
    return {
        "ours": after, "peer": before, "ratio": after / before, "stories": stories,
        "slowest": f"{slowest.name} {slowest.cpu:.2f} s",
        "below 2 s": f"{sum(one.cpu < 2 for one in waited)} of {len(waited)}",
    }  # fmt: skip


REFRESH = "count what is stale"


def made(folder: Path, stories: int) -> Path:
    """A grown database in `folder`, written where there is none; persons in the same proportion."""
    if not (folder / "tipwatch.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        persons = stories * PERSONS // STORIES
        grow(f"sqlite:///{folder / 'tipwatch.db'}", folder / "sources", stories=stories, persons=persons, now=now)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The settings of an installation in `folder`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
    return env | {
        "TIPWATCH_DATABASE_URL": os.environ.get("TIPWATCH_TEST_GROWN") or f"sqlite:///{folder / 'tipwatch.db'}",
        "TIPWATCH_SOURCES_DIR": str(folder / "sources"),
        "TIPWATCH_DATA_DIR": str(folder),
    }


def interactive(folder: Path, rounds: int = ROUNDS) -> list[Figure]:
    """Every command and page that somebody waits for."""
    env = environment(folder)
    person = _asked(env, "person")
    day = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).date().isoformat()
    with tempfile.TemporaryDirectory() as out:
        delta = ["export", "--output", f"{out}/delta", "--stage", "charged", "--since", day, "--force"]
        commands: dict[str, Sequence[str]] = {
            "status": ["status"],
            "coverage": ["coverage"],
            "coverage --by source": ["coverage", "--by", "source"],
            "audit": ["audit"],
            "audit --since": ["audit", "--since", day],
            "takedown --list": ["takedown", "--list"],
            "takedown --dry-run": ["takedown", person, "--reason", "letter 17", "--dry-run"],
            "client list": ["client", "list"],
            "source list": ["source", "list"],
            "metrics": ["metrics"],
            "health": ["health"],
            "export --since --dry-run": [*delta, "--dry-run"],
            "export --since": delta,
        }
        figures = [_command(REFRESH, env, ["coverage", "--format", "json"], 1)]
        figures += [_command(f"tipwatch {name}", env, given, rounds) for name, given in commands.items()]
    return figures + [Figure(**one) for one in json.loads(_asked(env, "pages", str(rounds)))]


def _command(name: str, env: Mapping[str, str], given: Sequence[str], rounds: int) -> Figure:
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *given], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        cpu = float(done.stderr.strip().splitlines()[-1])
        found.append((time.perf_counter() - began, cpu))
    said = f"exit {done.returncode}" if done.returncode not in {0, 1} else ""
    said += done.stderr.strip()[-300:] if said else (done.stdout.strip().splitlines() or [""])[-1][:60]
    return Figure(name=name, seconds=min(one for one, _ in found), cpu=min(one for _, one in found), said=said)


def _asked(env: Mapping[str, str], *given: str) -> str:
    """What this module says in a process with these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", "--inside", *given],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout.strip()


def _inside(given: Sequence[str]) -> str:
    """What is asked of the installation that the environment names."""
    from config.settings import load_settings

    settings = load_settings()
    with Store.open(settings.database_url, settings.archive_dir) as store:
        if given[0] == "person":
            return _busiest(store)
        rounds = int(given[1])
        return json.dumps([asdict(one) for one in pages(store, rounds)])


def _busiest(store: Store) -> str:
    """Of the first persons by id the one in most stories."""
    return max(store.people.people(limit=2000), key=lambda one: one.stories).id


def pages(store: Store, rounds: int) -> Iterator[Figure]:
    """The review's pages, asked for some times by an admin who is logged in; deeds; the feed's questions."""
    from argon2 import PasswordHasher

    from config.settings import load_settings
    from storage.errors import UserExists
    from storage.records.people import Reason, UserRole
    from tipwatch.jobs.run import wall_clock
    from tipwatch.review.application import application

    try:
        hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(TOKEN)
        store.users.add("grown", UserRole.ADMIN, hashed, "console.bench", wall_clock())
    except UserExists:
        pass
    client = application(store, load_settings(), wall_clock).test_client()
    form = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    if form is None or client.post(
        "/login", data={"csrf_token": form[1], "name": "grown", "token": TOKEN}
    ).status_code != 303:  # fmt: skip
        raise RuntimeError("nobody was let in")
    person = _busiest(store)
    view = store.people.person(person)
    record, words = view.records[0].mention_id, view.summary.name.split()
    pairs = store.reviews.queue(wall_clock(), min_score=0.75, reasons=[Reason.MATCH], limit=1)
    asked = {
        "queue": "/", "queue, a country": "/?country=np", "queue, a rare country": "/?country=gh",
        **{f"queue, {reason}": f"/?reason={reason}" for reason in Reason},
        **{f"queue, {reason}, a country": f"/?reason={reason}&country=np" for reason in Reason},
        "person": f"/person/{person}", "record": f"/record/{record}",
        "record, a country": f"/record/{record}?country=np",
        "search, a common name": "/search?q=kumar", "search, a full name": f"/search?q={'+'.join(words)}",
        "search, nobody": "/search?q=zzyzx+qwfpgj", "case": f"/case/{view.cases[0].id}", "log": "/audit",
    }  # fmt: skip
    if pairs and pairs[0].other is not None:
        asked["pair"] = f"/merge/{pairs[0].record.mention_id}/{pairs[0].other.mention_id}"
    for name, address in asked.items():

        def page(address: str = address) -> str:
            answer = client.get(address, follow_redirects=True)
            return "" if answer.status_code == 200 else f"{answer.status_code} {address}"

        yield _timed(f"page: {name}", page, rounds)
    undecided = store.reviews.queue(wall_clock(), min_score=0.75, reasons=[Reason.UNREVIEWED], limit=rounds)
    waiting = iter(undecided)

    def accept() -> str:
        one = next(waiting).record.mention_id
        store.reviews.accept(one, store.reviews.record(one).seen, "grown", wall_clock())
        return ""

    yield _timed("deed: accept", accept, len(undecided))
    taken = store.takedowns

    def take() -> str:
        number = taken.take_down(person, "letter 17", "grown", wall_clock())
        taken.lift(number, "grown", wall_clock())
        return ""

    yield _timed("deed: takedown and lift", take, 1)
    since = wall_clock() - dt.timedelta(days=1)
    yield _timed("feed: who changed in a day", lambda: str(len(store.feed.changed_since(since))), rounds)
    yield _timed("feed: the moment", store.feed.moment, rounds)


def _timed(name: str, work: Callable[[], str], rounds: int) -> Figure:
    found = []
    said = ""
    for _ in range(rounds):
        began, cpu = time.perf_counter(), time.process_time()
        said = work()
        found.append((time.perf_counter() - began, time.process_time() - cpu))
    return Figure(
        name=name, seconds=min(one for one, _ in found), cpu=min(one for _, one in found), said=said[:60]
    )


def written_side_by_side(small: Path, large: Path) -> tuple[float, float]:
    """Milliseconds of the processor a story, on each: the least of the rounds, in turn."""
    rounds = [(written(small, n), written(large, n)) for n in range(ROUNDS)]
    return min(one for one, _ in rounds), min(one for _, one in rounds)


def written(folder: Path, part: int) -> float:
    """Milliseconds of the processor that a story costs: page, text, report with an accused of a common name."""
    env = environment(folder)
    mark = f"{time.time_ns()}"
    with Store.open(env["TIPWATCH_DATABASE_URL"], folder / "archive") as store:
        stories = [_renamed(name, n, mark) for n, name in enumerate(_names(part))]
        now = dt.datetime.now(dt.UTC)
        fetched = [_page(article, now) for article, _ in stories]
        began = time.process_time()
        for first in range(0, len(stories), 100):
            some = stories[first : first + 100]
            kept = [store.pages.keep(page, None, None, now).page_id for page in fetched[first : first + 100]]
            store.articles.save_many(
                [(article, page_id) for (article, _), page_id in zip(some, kept, strict=True)],
                EXTRACTOR_VERSION,
                now,
            )
            store.articles.save_reports([report for _, report in some], now)
        return 1000 * (time.process_time() - began) / len(stories)


def _names(part: int) -> list[str]:
    """Names of people who may be known already."""
    return [one.name for one in islice(crowd(WRITTEN, seed=100 + part)[0], WRITTEN)]


def _renamed(name: str, n: int, mark: str) -> tuple[Any, Any]:
    """A story of `benchmarks.store` about somebody of that name."""
    article = _article(n)
    text = article.text.replace(f"Ravi Testman{n}", name) + mark
    article = replace(
        article, text=text, id=hashlib.sha256(text.encode()).hexdigest(), url=f"https://np.paper1.example/{mark}/{n}",
        source="np_paper1", country="np", title=f"Court sentences {name}",
    )  # fmt: skip
    return article, replace(_report(article), extractor_version=EXTRACTOR_VERSION)


def _page(article: Any, now: dt.datetime) -> FetchedPage:
    return FetchedPage(
        source_id=article.source, url=article.url, final_url=article.url, canonical_url=article.url, status=200,
        headers=(("Content-Type", "text/html"),), body=article.text.encode(), fetched_at=now,
    )  # fmt: skip


def main() -> int:
    """Print every figure; 1 where a command takes longer, or a story costs more, than it may."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=Path, nargs="?", help="keeps small/ and big/ for the next time")
    parser.add_argument("--stories", type=int, default=STORIES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=["small", "big", "write"])
    parser.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(_inside(given.inside))
        return 0
    slow = 0
    with _place(given.directory) as folder:
        small, big = made(folder / "small", SMALL), made(folder / "big", given.stories)
        for name, place in (("small", small), ("big", big)):
            if given.only in {None, name}:
                figures = interactive(place, given.rounds)
                for one in figures:
                    print(f"{name:6} {one.name:40} {one.seconds:7.2f} s {one.cpu:7.2f} CPU-s  {one.said}")
                slow += name == "big" and any(one.cpu > MOST_SECONDS for one in figures if one.name != REFRESH)
        if given.only in {None, "write"}:
            before, after = written_side_by_side(small, big)
            print(
                f"a story: {before:.2f} ms on {SMALL:,}, {after:.2f} ms on {given.stories:,}: {after / before:.2f}"
            )
            slow += after / before > MOST_RATIO
    return int(slow > 0)


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) if folder is None else folder


if __name__ == "__main__":
    raise SystemExit(main())
