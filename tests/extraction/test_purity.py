"""Extraction is pure: after its models are loaded it opens no socket, no file, no process and asks no clock."""

import builtins
import datetime as dt
import io
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from config.gate_lexicons import load_gate_lexicons
from extraction.addresses import canonical_url
from extraction.charset import decode
from extraction.language import detect
from extraction.model import Article, PageHints
from extraction.relevance import Gate, score_text
from extraction.text import extract_article

STORY = "<p>A court in the harbour town sentenced two brothers to twelve years in prison for trafficking.</p>" * 6
BODY = (
    "<html><head><title>Two jailed in harbour case | The Example</title><link rel=canonical href=/a>"
    "<meta property='article:published_time' content='2024-05-17'></head>"
    f"<body><h1>Two jailed in harbour case</h1><article>{STORY}</article><time>17 May 2024</time></body></html>"
)
HINTS = PageHints(
    url="https://news.example/a", fetched_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC), source_languages=("en",)
)
LEXICONS = load_gate_lexicons()
GATE = Gate(list(LEXICONS.values()))

WORK: dict[str, Callable[[], Any]] = {
    "gate": lambda: GATE.admit(BODY.encode(), "text/html"),
    "score": lambda: score_text(STORY, "Two jailed for trafficking", LEXICONS["en"]),
    "decode": lambda: decode(BODY.replace("Monday", "Montag für").encode("latin-1"), None),
    "article": lambda: extract_article(BODY.encode(), HINTS),
    "article without metadata": lambda: extract_article(BODY.replace("<meta", "<meto").encode("utf-16"), HINTS),
    "language": lambda: detect(STORY, ("en",)),
    "address": lambda: canonical_url("https://News.example/a?utm_source=b", "/c"),
}


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("extraction reached outside")

    for holder, names in (
        (builtins, ("open",)),
        (io, ("open", "FileIO")),
        (os, ("open", "listdir", "system", "fork", "urandom", "popen")),
        (socket, ("socket", "create_connection", "getaddrinfo")),
        (subprocess, ("Popen", "run")),
        (time, ("time", "time_ns", "sleep")),
        (random, ("random", "choice", "shuffle")),
    ):
        for name in names:
            monkeypatch.setattr(holder, name, refuse)


@pytest.fixture(scope="module", autouse=True)
def warm() -> dict[str, Any]:
    return {name: work() for name, work in WORK.items()}


@pytest.mark.parametrize("name", WORK)
@pytest.mark.usefixtures("sealed")
def test_sealed_and_deterministic(name: str, warm: dict[str, Any]) -> None:
    assert WORK[name]() == warm[name]


def test_the_work_is_real(warm: dict[str, Any]) -> None:
    article = warm["article"]
    assert isinstance(article, Article)
    assert (article.published, article.language, article.title) == (
        "2024-05-17",
        "en",
        "Two jailed in harbour case",
    )
    assert warm["gate"].keep


def test_the_seal_holds(sealed: None) -> None:
    with pytest.raises(AssertionError, match="reached outside"):
        os.open("/dev/null", os.O_RDONLY)
    with pytest.raises(AssertionError, match="reached outside"):
        socket.socket()


def test_dates_do_not_depend_on_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found.append(WORK["article without metadata"]())
    monkeypatch.undo()
    time.tzset()
    assert found[0] == found[1] == found[2]
