"""The review behind a server with TLS: its forms arrive, its limits know whom they count.

Refuses stubs: the real application over a real store, asked by https as a browser asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from storage.store import Store
from tests.browser.review_desk import TOKEN, Clock, made, stories, token, told, with_users
from tipwatch.review import login

pytestmark = pytest.mark.slow

SITE = "https://review.example.org"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        told(opened, stories(1))
        with_users(opened)
        yield opened


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Flask:
    return made(store, tmp_path, Clock(), names=["review.example.org"], tls=True)


@pytest.mark.parametrize(
    ("referrer", "code"),
    [
        (f"{SITE}/login", 303), (f"{SITE}/", 303), (None, 400), ("https://evil.example/", 400),
        ("http://review.example.org/login", 400), (f"{SITE}.evil.example/", 400),
    ],
)  # fmt: skip
def test_over_tls_a_form_of_this_site_arrives_and_no_other(app: Flask, referrer: str | None, code: int) -> None:
    client = app.test_client()
    sent = {"csrf_token": token(client, base_url=SITE), "name": "anna", "token": TOKEN}
    headers = {} if referrer is None else {"Referer": referrer}
    answer = client.post("/login", data=sent, headers=headers, base_url=SITE)
    assert answer.status_code == code
    assert client.get("/", base_url=SITE).status_code == (200 if code == 303 else 303)


def test_pages_let_browsers_name_them_to_this_site_alone(app: Flask) -> None:
    answer = app.test_client().get("/login", base_url=SITE)
    assert answer.headers["Referrer-Policy"] == "same-origin"  # without it the check above refuses every form


def test_browsers_come_back_by_tls_only_where_it_is_there(app: Flask, store: Store, tmp_path: Path) -> None:
    said = app.test_client().get("/login", base_url=SITE).headers["Strict-Transport-Security"]
    assert int(said.removeprefix("max-age=")) >= 180 * 86_400
    plain = made(store, tmp_path, Clock()).test_client().get("/login")
    assert "Strict-Transport-Security" not in plain.headers


@pytest.mark.parametrize(
    ("proxies", "forwarded", "codes"),
    [
        (0, "203.0.113.{n}", [401] * 4 + [429]),  # anybody could write it: not believed
        (1, "203.0.113.{n}", [401] * 5),
        (1, "203.0.113.{n}, 198.51.100.7", [401] * 4 + [429]),  # the last one is the proxy's word
    ],
)
def test_addresses_are_a_proxys_only_where_one_was_named(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxies: int, forwarded: str, codes: list[int]
) -> None:
    monkeypatch.setattr(login, "PER_ADDRESS", "4 per 15 minutes")  # each failure costs an argon2 verification
    client = made(store, tmp_path, Clock(), proxies=proxies).test_client()
    sent = {"csrf_token": token(client), "token": "wrong"}
    got = [
        client.post(
            "/login", data=sent | {"name": f"user{n}"}, headers={"X-Forwarded-For": forwarded.format(n=n)}
        ).status_code
        for n in range(5)
    ]
    assert got == codes
