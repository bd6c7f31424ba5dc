"""A review with invented stories behind it: a store, users of each role, and a server on the loopback.

Refuses real names: every person here is made up.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import waitress
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from extraction.model import (
    Accused,
    Article,
    CaseReport,
    Charge,
    CountryFact,
    CountryRole,
    Evidence,
    Offence,
    Penalty,
    Stage,
)
from storage.records.people import UserRole
from storage.store import Store
from tests.storage.samples import source
from tipwatch.review.application import application

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
V1, V2 = "text-1.read-1", "text-1.read-2"
TOKEN = "invented-token-of-the-tests"
QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""The tests are about the pages, not about the cost of a hash."""

FIRST = (
    "Ravindra",
    "Sunita",
    "Arunabha",
    "Marisol",
    "Oleksa",
    "Baharat",
    "Chidiebo",
    "Lanette",
    "Josefina",
    "Tomaz",
)
LAST = ("Testmannow", "Sampleton", "Mockwellen", "Fakhourian", "Inventado", "Probewala")
TOWNS = ("Sampletown", "Mockville", "Probeham", "Fauxbourg", "Testing Hills", "Invention Bay")


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@dataclass(frozen=True, kw_only=True)
class Story:
    """One story about one accused, and what was read out of it."""

    n: int
    name: str
    stage: Stage = Stage.SENTENCED
    age: int | None = 41
    score: float = 0.6
    verb: str = "sentenced"
    words: str = ""
    title: str | None = None
    url: str | None = None
    town: str = ""
    charge: str = "trafficking"
    aliases: tuple[str, ...] = ()
    extra: tuple[str, ...] = field(default=())  # further accused

    @property
    def article(self) -> Article:
        town = self.town or TOWNS[self.n % len(TOWNS)]
        others = "".join(f" {other} was {self.verb} as well." for other in self.extra)
        body = (
            f"{self.name} before the court of {town}\n"
            f"The district court of {town} {self.verb} {self.name}, {self.age}, for {self.charge}.{others} "
            f"{self.words} Story {self.n} of {self.n * 7919} lines."
        )
        return Article(
            id=hashlib.sha256(body.encode()).hexdigest(),
            url=self.url or f"https://herald.example/news/{self.n}",
            canonical_url=self.url or f"https://herald.example/news/{self.n}",
            text=body,
            title=self.title or f"{self.name} before the court of {town}",
            published=f"2026-02-{self.n % 27 + 1:02d}",
            published_rule="feed",
            language="en",
            language_score=0.99,
            source="in_herald",
            country="in",
        )

    def report(self, version: str = V1, stage: Stage | None = None) -> CaseReport:
        """The reading of the story; `stage` is what a newer reader made of it."""
        one = self.article
        return CaseReport(
            article_id=one.id,
            relevant=True,
            relevance_score=0.9,
            extractor_version=version,
            accused=tuple(self._accused(one, name, stage or self.stage) for name in (self.name, *self.extra)),
            countries=(
                CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(), score=0.8),
                CountryFact(country="in", role=CountryRole.REPORTING, evidence=(), score=1.0),
            ),
        )

    def _accused(self, one: Article, name: str, stage: Stage) -> Accused:
        sentence = one.text.split("\n")[1].split(f" {self.words}")[0] if self.words else name
        charge = Charge(
            text=self.charge, offences=frozenset({Offence.LABOUR_TRAFFICKING}),
            evidence=span(one, self.charge, "charge@1"),
        )  # fmt: skip
        penalty = Penalty(text=self.verb, evidence=span(one, self.verb, "penalty@1"))
        return Accused(
            name=name, aliases=self.aliases, stage=stage, age=self.age, score=self.score,
            offences=frozenset({Offence.LABOUR_TRAFFICKING}), charges=(charge,), penalties=(penalty,),
            evidence={
                "name": (span(one, name, "name@1"),), "role": (span(one, self.verb, "role@1"),),
                "stage": (span(one, f"{self.verb} {self.name}", "stage@1"), span(one, sentence, "stage@2")),
            },
        )  # fmt: skip


def span(one: Article, quote: str, rule: str) -> Evidence:
    start = one.text.index(quote)
    return Evidence(start=start, end=start + len(quote), quote=quote, rule=rule, score=0.9)


def stories(count: int) -> list[Story]:
    """So many stories about as many persons, of all stages."""
    stages = list(Stage)
    return [
        Story(
            n=n, name=f"{FIRST[n % 10]} {LAST[n % 6]}-{FIRST[(n * 3 + n // 10 + 1) % 10]}", age=20 + n,
            stage=stages[n % len(stages)],
            score=0.5 + 0.01 * n,
        )
        for n in range(count)
    ]  # fmt: skip


def told(store: Store, some: Sequence[Story], now: dt.datetime = NOW, version: str = V1) -> None:
    """Keep stories and their readings."""
    store.events.sync_catalogue([source()], now, "tests")
    store.articles.save_many([(one.article, None) for one in some], version, now)
    store.articles.save_reports([one.report(version) for one in some], now)


def with_users(store: Store, now: dt.datetime = NOW) -> None:
    """anna reviews, rita reads, adam is admin."""
    for name, role in (("anna", UserRole.REVIEWER), ("rita", UserRole.READER), ("adam", UserRole.ADMIN)):
        store.users.add(name, role, QUICK.hash(TOKEN), "console.tests", now)


def made(store: Store, folder: Path, clock: Clock, **how: object) -> Flask:
    """The application over a store."""
    return application(store, Settings(data_dir=folder), clock, **how)  # type: ignore[arg-type]


def token(client: FlaskClient, path: str = "/login", **how: Any) -> str:
    """The token of a session against forged forms, as a page of it carries it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, **how).text)
    assert found is not None
    return found[1]


def enter(app: Flask, name: str = "anna", word: str = TOKEN) -> FlaskClient:
    """A client that is logged in."""
    client = app.test_client()
    answer = client.post("/login", data={"csrf_token": token(client), "name": name, "token": word})
    assert answer.status_code == 303, answer.status_code
    return client


def mention(store: Store) -> str:
    """The record at the head of the queue."""
    return store.reviews.queue(NOW, min_score=0.75)[0].record.mention_id


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port of the loopback, as `tipwatch review` serves it."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=10)


def log_in(page: object, base: str, name: str = "anna") -> None:
    """By keyboard, as a person would."""
    page.goto(f"{base}/login")  # type: ignore[attr-defined]
    page.wait_for_selector("html[data-ready=yes]")  # type: ignore[attr-defined]
    keyboard = page.keyboard  # type: ignore[attr-defined]
    keyboard.type(name)
    keyboard.press("Tab")
    keyboard.type(TOKEN)
    keyboard.press("Enter")
    page.wait_for_url(f"{base}/")  # type: ignore[attr-defined]
    page.wait_for_selector("html[data-ready=yes]")  # type: ignore[attr-defined]
