"""The review's guard: who gets in, for how long, from where, and what a forged or stolen request can do.

Refuses stubs: the real application over a real store, asked through Flask's client.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from flask import Flask

from extraction.model import Evidence, Stage
from storage.records.people import RejectReason, Verdict
from storage.store import Store
from tests.browser.review_desk import (
    NOW,
    QUICK,
    TOKEN,
    V2,
    Clock,
    Story,
    enter,
    made,
    mention,
    stories,
    token,
    told,
    with_users,
)
from tipwatch.commands.review import is_loopback, review
from tipwatch.errors import CommandError
from tipwatch.review import login, secret
from tipwatch.review.guard import HEADERS, host_of
from tipwatch.review.spans import MOST
from tipwatch.review.words import host, outside

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with three stories, resolved, and three users."""
    folder = tmp_path_factory.mktemp("review")
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as store:
        told(store, stories(3))
        with_users(store)
        store.resolution.resolve(NOW)
    return folder / "desk.db"


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "desk.db").write_bytes(template.read_bytes())
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(store: Store, clock: Clock, tmp_path: Path) -> Flask:
    return made(store, tmp_path, clock)


@pytest.mark.parametrize("path", ["/login", "/", "/nothing", "/static/review.js", "/search?q=x", "/record/none"])
def test_every_answer_carries_the_policy(app: Flask, path: str) -> None:
    answer = enter(app).get(path)
    answer.close()
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:8765", 200), ("localhost", 200), ("[::1]:8765", 200), ("review.example.org", 200),
        ("LOCALHOST:1", 200), ("evil.example", 400), ("127.0.0.1.evil.example", 400), ("a@evil.example", 400),
        ("localhost:notaport", 400), ("", 400),
    ],
)  # fmt: skip
def test_a_foreign_host_name_gets_nothing(
    store: Store, clock: Clock, tmp_path: Path, host: str, code: int
) -> None:
    app = made(store, tmp_path, clock, names=["review.example.org"])
    answer = app.test_client().get("/login", headers={"Host": host})
    assert answer.status_code == code
    assert HEADERS.items() <= dict(answer.headers).items()


def test_hosts_are_read_without_their_port() -> None:
    assert [host_of(text) for text in ("a.example:80", "[::1]:8", "a/b", "")] == ["a.example", "::1", None, None]


@pytest.mark.parametrize(
    "path", ["/", "/record/x", "/person/x", "/merge", "/search", "/case/x", "/audit", "/help"]
)
def test_nobody_sees_a_page_before_logging_in(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/login")


def test_a_login_leads_to_where_somebody_wanted_to_go_on_this_site_only() -> None:
    assert login.local("/record/x?reason=match") == "/record/x?reason=match"
    away = [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/logout",
        "/a\nb",
        "",
        "//[",
        "/\\\\[",
        "//a\u2100b",
    ]
    assert [login.local(one) for one in away] == [""] * len(away)


@pytest.mark.parametrize(
    ("name", "word"),
    [("anna", "wrong"), ("nobody", TOKEN), ("", ""), ("anna", TOKEN + "x" * 300), ("a" * 99, "x")],
)
def test_a_wrong_name_and_a_wrong_token_read_the_same(
    app: Flask, store: Store, name: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[int] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, *given: Any) -> bool:
        worked.append(1)
        return verify(self, *given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    client = app.test_client()
    answer = client.post("/login", data={"csrf_token": token(client), "name": name, "token": word})
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert worked == [1]  # an unknown user costs the same work
    assert client.get("/").status_code == 303
    last = store.audit.entries()[-1]
    assert last.action == "login_refused"
    assert last.subject == ("user:anna" if name == "anna" else "login")


def test_the_work_for_nobody_is_that_of_a_new_token(app: Flask) -> None:
    default = PasswordHasher()
    assert (default.time_cost, default.memory_cost) >= (2, 19_456)  # OWASP's least for argon2id, KiB
    assert app.config["SECRET_KEY"]


def test_a_cookie_is_for_this_site_and_for_no_script(store: Store, clock: Clock, tmp_path: Path) -> None:
    for tls in (False, True):
        client = made(store, tmp_path, clock, tls=tls).test_client()
        cookie = client.get("/login", base_url="https://localhost").headers["Set-Cookie"]
        marks = {part.strip() for part in cookie.split(";")}
        assert {"HttpOnly", "SameSite=Strict"} <= marks
        assert ("Secure" in marks) is tls


@pytest.mark.parametrize(
    "ends",
    [
        lambda store, clock: store.users.renew("anna", QUICK.hash("new"), "console.tests", NOW),
        lambda store, clock: store.users.disable("anna", "console.tests", NOW),
        lambda store, clock: clock.forward(minutes=61),
        lambda store, clock: clock.forward(minutes=-5),
    ],
    ids=["renewed", "disabled", "idle", "clock set back"],
)
def test_a_session_ends(app: Flask, store: Store, clock: Clock, ends: Callable[[Store, Clock], object]) -> None:
    client = enter(app)
    assert client.get("/").status_code == 200
    ends(store, clock)
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/")
    assert "Your session has ended" in client.get("/login").text


def test_a_session_lasts_twelve_hours_however_busy(app: Flask, clock: Clock) -> None:
    client = enter(app)
    for _ in range(23):
        clock.forward(minutes=31)
        assert client.get("/help").status_code == 200
    clock.forward(minutes=31)
    assert client.get("/help").status_code == 303


def test_a_cookie_kept_from_before_the_logout_is_worth_nothing(app: Flask) -> None:
    client = enter(app)
    kept = client.get_cookie("tipwatch_review")
    assert kept is not None
    assert client.post("/logout", data={"csrf_token": token(client, "/help")}).status_code == 303
    client.set_cookie("tipwatch_review", kept.value)
    assert client.get("/").status_code == 303


def test_failed_logins_are_counted_by_user(app: Flask) -> None:
    client = app.test_client()
    sent = {"csrf_token": token(client), "token": "wrong"}
    codes = [client.post("/login", data=sent | {"name": "anna"}).status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    refused = client.post("/login", data=sent | {"name": "Anna ", "token": TOKEN})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert "Traceback" not in refused.text
    assert client.post("/login", data=sent | {"name": "adam", "token": TOKEN}).status_code == 303


def test_failed_logins_are_counted_by_address(
    store: Store, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert int(login.PER_ADDRESS.split()[0]) >= 5 * int(login.PER_USER.split()[0])  # an office has one address
    monkeypatch.setattr(login, "PER_ADDRESS", "6 per 15 minutes")  # each failure costs an argon2 verification
    client = made(store, tmp_path, clock).test_client()
    sent = {"csrf_token": token(client), "token": "wrong"}
    codes = [client.post("/login", data=sent | {"name": f"user{n}"}).status_code for n in range(7)]
    assert codes == [401] * 6 + [429]
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert client.post("/login", data=sent | {"name": "a"}, environ_overrides=elsewhere).status_code == 401


def test_neither_logins_nor_forged_forms_count(app: Flask) -> None:
    for _ in range(12):
        enter(app)
    client = app.test_client()
    codes = [client.post("/login", data={"name": "anna", "token": "x"}).status_code for _ in range(12)]
    assert codes == [400] * 12
    enter(app)


def test_others_failures_keep_no_known_browser_out(app: Flask) -> None:
    mine = enter(app)
    mine.post("/logout", data={"csrf_token": token(mine, "/help")})
    other = app.test_client()
    sent = {"csrf_token": token(other), "name": "anna"}
    assert [other.post("/login", data=sent | {"token": "x"}).status_code for _ in range(11)][-1] == 429
    right = {"name": "anna", "token": TOKEN}
    assert other.post("/login", data=sent | right).status_code == 429
    assert mine.post("/login", data=right | {"csrf_token": token(mine)}).status_code == 303
    elsewhere = {"REMOTE_ADDR": "127.0.0.2"}
    assert other.post("/login", data=sent | right, environ_overrides=elsewhere).status_code == 303


def test_a_known_browser_counts_too_and_for_its_user_only(app: Flask) -> None:
    client = enter(app)
    client.post("/logout", data={"csrf_token": token(client, "/help")})
    sent = {"csrf_token": token(client), "token": "wrong"}
    codes = [client.post("/login", data=sent | {"name": "anna"}).status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    cookie = client.get_cookie(login.KNOWN, path="/login")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Strict", "/login")
    assert [client.post("/login", data=sent | {"name": "adam"}).status_code for _ in range(11)][-1] == 429
    client.set_cookie(login.KNOWN, "forged", path="/login")
    assert client.post("/login", data=sent | {"name": "rita"}).status_code == 401


def posts(app: Flask, store: Store) -> list[tuple[str, dict[str, str]]]:
    """Every address that changes something, with a form that would be right but for its token."""
    one = store.reviews.record(mention(store))
    here, person = one.summary.mention_id, one.summary.person_id
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "record.accept": (f"/record/{here}/accept", {"seen": one.seen}),
        "record.reject": (f"/record/{here}/reject", {"seen": one.seen, "reason": "victim"}),
        "record.correct": (
            f"/record/{here}/correct", {"seen": one.seen, "name": "Some Body", "stage": "charged", "age": "30"},
        ),
        "record.reopen": (f"/record/{here}/reopen", {"seen": one.seen}),
        "person.split": (f"/person/{person}/split", {"mention_id": here}),
        "person.takedown": (f"/person/{person}/takedown", {"why": "asked"}),
        "person.undo": ("/judgement/1/undo", {}),
        "person.lift": ("/takedown/1/lift", {}),
        "merge.decide": ("/merge", {"left": str(person), "right": here, "decision": "one"}),
        "login.logout": ("/logout", {}),
    }  # fmt: skip
    known = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert known - {"login.login_post"} == set(forms)  # a new form has to be listed here
    return list(forms.values())


@pytest.mark.parametrize("forged", [{}, {"csrf_token": "guessed"}, {"csrf_token": ""}])
def test_a_stolen_form_without_its_token_changes_nothing(app: Flask, store: Store, forged: dict[str, str]) -> None:
    client = enter(app, "adam")
    before = store.audit.entries()
    for address, form in posts(app, store):
        answer = client.post(address, data=form | forged)
        assert answer.status_code == 400, address
        assert "nothing was changed" in answer.text
    assert store.audit.entries() == before
    assert client.get("/").status_code == 200


def test_a_token_of_another_session_is_refused(app: Flask, store: Store) -> None:
    one, other = enter(app), enter(app, "adam")
    address, form = posts(app, store)[0]
    assert one.post(address, data=form | {"csrf_token": token(other, "/help")}).status_code == 400
    assert one.post(address, data=form | {"csrf_token": token(one, "/help")}).status_code == 303


def test_a_reader_sees_quotes_and_decides_nothing(app: Flask, store: Store) -> None:
    client, before = enter(app, "rita"), store.audit.entries()[:-1]
    shown = client.get(f"/record/{mention(store)}").text
    view = store.reviews.record(mention(store))
    assert view.text not in shown
    assert 'class="body"' not in shown
    assert view.evidence[0].quote in shown
    assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', shown) == []
    assert re.findall(r'<form[^>]*action="([^"]+)"[^>]*method="post"', shown) == ["/logout"]
    held = {"csrf_token": token(client, "/help")}
    for address, form in posts(app, store):
        if address != "/logout":
            assert client.post(address, data=form | held).status_code == 403, address
    assert client.get("/audit").status_code == 403
    assert client.get("/merge?left=a&right=b").status_code == 403
    assert len(store.audit.entries()) == len(before) + 1


def test_a_reader_does_not_see_who_was_taken_down_or_rejected(app: Flask, store: Store) -> None:
    one, other = (item.record for item in store.reviews.queue(NOW, min_score=0.75)[:2])
    store.takedowns.take_down(str(one.person_id), "asked for it", "adam", NOW)
    store.reviews.reject(
        other.mention_id, RejectReason.NOT_TRAFFICKING, store.reviews.record(other.mention_id).seen, "adam", NOW
    )
    reader, reviewer = enter(app, "rita"), enter(app)
    for address in (f"/person/{one.person_id}", f"/record/{one.mention_id}", f"/record/{other.mention_id}"):
        assert (reader.get(address).status_code, reviewer.get(address).status_code) == (404, 200), address
    assert str(one.person_id) not in reader.get("/search", query_string={"q": one.name}).text
    assert str(one.person_id) in reviewer.get("/search", query_string={"q": one.name}).text
    for address in ("/", f"/person/{other.person_id}"):
        assert one.name not in reader.get(address).text


def test_only_an_admin_lifts_a_takedown(app: Flask, store: Store) -> None:
    person = str(store.reviews.queue(NOW, min_score=0.75)[0].record.person_id)
    down = store.takedowns.take_down(person, "asked for it", "anna", NOW)
    anna, adam = enter(app), enter(app, "adam")
    seen = store.people.seen(person)
    assert (
        anna.post(f"/takedown/{down}/lift", data={"csrf_token": token(anna, "/help"), "seen": seen}).status_code
        == 403
    )
    assert store.people.person(person).summary.taken_down
    held = {"csrf_token": token(adam, "/help"), "seen": seen}
    assert adam.post(f"/takedown/{down}/lift", data=held).status_code == 303
    assert not store.people.person(person).summary.taken_down


def test_a_reason_that_holds_the_name_is_refused_and_kept_in_the_form(app: Flask, store: Store) -> None:
    one = store.reviews.queue(NOW, min_score=0.75)[0].record
    client = enter(app)
    why = f"{one.name} has asked"
    held = {"csrf_token": token(client, "/help"), "seen": store.people.seen(str(one.person_id)), "why": why}
    answer = client.post(f"/person/{one.person_id}/takedown", data=held)
    assert answer.status_code == 409
    assert "contains a part of the name" in answer.text
    assert f'value="{why}"' in answer.text
    assert not store.people.person(str(one.person_id)).summary.taken_down


def test_a_conflict_shows_what_changed_and_keeps_what_was_typed(app: Flask, store: Store, clock: Clock) -> None:
    client, here = enter(app), mention(store)
    page = client.get(f"/record/{here}").text
    held = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', page))
    carried = re.search(r'name="was" value="([^"]*)"', page)
    assert carried is not None
    view = store.reviews.record(here)
    assert view.stands is not None
    store.reviews.correct(here, {"age": 55, "stage": Stage.ACQUITTED}, view.seen, "adam", NOW)
    typed = {
        "name": "Somebody Elsewhere", "stage": "on_trial", "age": str(view.stands.age or ""), "aliases": "",
        "stage_date": "", "nationality": "", "offences": sorted(view.stands.offences),
        "was": carried[1].replace("&#34;", '"'), **held,
    }  # fmt: skip
    answer = client.post(f"/record/{here}/correct", data=typed)
    assert answer.status_code == 409
    assert "acquitted" in answer.text
    assert 'value="Somebody Elsewhere"' in answer.text  # mine is kept
    assert re.search(r'name="age"[^>]* value="55"', answer.text)  # what I did not touch follows the colleague
    assert re.search(
        r'<option selected value="on_trial">', answer.text
    )  # what both changed stays mine, and is said
    assert "you changed it too" in answer.text
    assert store.reviews.record(here).reviewed_by == "adam"
    again = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', answer.text))
    assert client.post(f"/record/{here}/correct", data=typed | again | {"age": "55"}).status_code == 303
    now = store.reviews.record(here).stands
    assert now is not None
    assert (now.name, now.stage, now.age) == ("Somebody Elsewhere", Stage.ON_TRIAL, 55)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"stage_date": "yesterday"}, "no date"), ({"age": "12"}, "minor"), ({"age": "old"}, "valid integer"),
        ({"name": "  "}, "empty"), ({"stage": "hanged"}, "valid choice"), ({"name": "x" * 300}, "longer than"),
        ({"nationality": "zz"}, "valid choice"),
    ],
)  # fmt: skip
def test_a_wrong_correction_says_what_and_loses_nothing(
    app: Flask, store: Store, typed: dict[str, str], said: str
) -> None:
    client, here = enter(app), mention(store)
    held = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]*)"', client.get(f"/record/{here}").text))
    form = {"name": "Kept Name", "stage": "charged", "age": "30", "aliases": "Kept Alias", "nationality": "np"}
    answer = client.post(f"/record/{here}/correct", data=form | typed | held)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Kept Alias" in answer.text
    assert store.reviews.record(here).verdict is None


def test_a_decision_leads_to_the_next_item_with_the_same_filter(app: Flask, store: Store) -> None:
    client = enter(app)
    first, second = (item.record.mention_id for item in store.reviews.queue(NOW, min_score=0.75)[:2])
    view = store.reviews.record(first)
    data = {"csrf_token": token(client, "/help"), "seen": view.seen}
    answer = client.post(f"/record/{first}/accept?reason=doubtful&country=in", data=data)
    assert answer.headers["Location"] == f"/record/{second}?reason=doubtful&country=in"
    assert store.reviews.record(first).verdict is Verdict.ACCEPTED
    assert client.post(f"/record/{first}/accept", data=data).status_code == 409


def test_a_form_that_is_too_large_is_refused(app: Flask) -> None:
    client = enter(app)
    held = {"csrf_token": token(client, "/help"), "why": "x" * 200_000}
    answer = client.post("/person/p/takedown", data=held)
    assert answer.status_code == 413
    assert "Traceback" not in answer.text


def test_a_fault_is_a_page_and_its_log_has_no_name(
    app: Flask, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = enter(app)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("parameters: Ravindra Testmannow")

    monkeypatch.setattr(store.people, "search", broken)
    answer = client.get("/search?q=Ravindra+Testmannow-Sunita")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.text
    assert "parameters" not in answer.text
    assert "kind=RuntimeError endpoint=lookup.search" in caplog.text
    assert "Ravindra" not in caplog.text


@pytest.mark.parametrize(
    "address",
    ["/record/none", "/person/none", "/case/none", "/merge?left=a&right=b", "/nothing", "/?reason=x&show=y"],
)
def test_what_is_not_there_is_a_page(app: Flask, address: str) -> None:
    answer = enter(app).get(address)
    assert answer.status_code in {200, 404}
    assert "tipwatch" in answer.text


HUGE = 2**31


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/login?next=//%5B", 200), ("/login?next=/a%00", 400), ("/?reason=%00", 400), ("/search?q=a%00b", 400),
        ("/record/a%00b", 400), ("/person/%00", 400), ("/case/%00", 400), ("/merge?left=%00&right=b", 400),
        ("/?show=" + "9" * 5000, 200), ("/?show=-1", 200), ("/search?q=%ED%A0%80", 200), ("/audit?%00=1", 400),
    ],
)  # fmt: skip
def test_an_odd_address_is_answered_and_no_fault(app: Flask, address: str, code: int) -> None:
    assert enter(app).get(address).status_code == code


@pytest.mark.parametrize(
    ("address", "form", "code"),
    [
        ("/login", {"name": "an\0na", "token": "x"}, 400), ("/person/p/takedown", {"why": "a\0"}, 400),
        (f"/judgement/{HUGE}/undo", {}, 404), (f"/takedown/{HUGE}/lift", {}, 404),
        (f"/judgement/{2**64}/undo", {}, 404), (f"/judgement/{HUGE - 1}/undo", {}, 404),
    ],
)  # fmt: skip
def test_an_odd_form_is_answered_and_no_fault(
    app: Flask, store: Store, address: str, form: dict[str, str], code: int
) -> None:
    client = enter(app, "adam")
    before = store.audit.entries()
    assert client.post(address, data=form | {"csrf_token": token(client, "/help")}).status_code == code
    assert store.audit.entries() == before


def test_half_a_character_in_what_a_form_carried_is_left_out(app: Flask, store: Store) -> None:
    client, here = enter(app), mention(store)
    form = {"seen": "x", "was": '{"name": "\\ud800", "age": "1"}', "name": "A B", "stage": "charged"}
    answer = client.post(f"/record/{here}/correct", data=form | {"csrf_token": token(client, "/help")})
    assert answer.status_code == 409
    assert 'value="A B"' in answer.text


def test_thousands_of_spans_are_shown_in_part_and_that_is_said(app: Flask, store: Store, tmp_path: Path) -> None:
    many = Story(n=9, name="Manifold Sampleton", words="trafficking " * 700)
    told(store, [many])
    report = many.report(V2)
    one = report.accused[0]
    places = [hit.start() for hit in re.finditer("trafficking ", many.article.text)]
    spans = tuple(Evidence(start=n, end=n + 11, quote="trafficking", rule="r@1", score=0.9) for n in places)
    accused = replace(one, evidence={**one.evidence, "stage": (*one.evidence["stage"], *spans)})
    store.articles.save_reports([replace(report, accused=(accused,))], NOW)
    here = next(found.mention_id for found in store.reviews.search(many.name))
    total = len(store.reviews.record(here).evidence)
    assert total > MOST
    shown = enter(app).get(f"/record/{here}").text
    assert shown.count('data-e="') <= 2 * MOST + 1
    assert f"{MOST} are marked here, and {total - MOST} more are not" in " ".join(shown.split())


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = secret.kept(tmp_path / "data")
    path = tmp_path / "data" / secret.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret.kept(tmp_path / "data") == first
    assert len(first) == secret.LENGTH
    assert [one.name for one in path.parent.iterdir()] == [secret.FILE]
    path.chmod(0o640)
    with pytest.raises(CommandError, match="others than its owner"):
        secret.kept(tmp_path / "data")
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(CommandError, match="too short"):
        secret.kept(tmp_path / "data")


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://herald.example/a?b=c", True), ("http://herald.example", True), ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False), ("java\nscript:alert(1)", False), ("data:text/html,x", False),
        ("//herald.example", False), ("file:///etc/passwd", False), ("http://", False), ("http://[bad", False),
        (" https://herald.example", False), ("", False), (None, False),
        ("https://evil.example\\@herald.example/x", False), ("https://evil.example\\x", False),
        ("https://herald.example@evil.example/", False), ("https://herald example/", False),
        ("https://herald.example/a b", False), ("https://herald.example/@somebody", True), ("http://:80", False),
    ],
)  # fmt: skip
def test_only_web_addresses_are_links(url: str | None, followed: bool) -> None:
    assert (outside(url) is not None) is followed
    if url is not None and not followed:
        assert host(url) == url  # whole: no host is named that a browser would not go to


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
        ("::", False), ("192.168.1.5", False), ("review.example.org", False),
    ],
)  # fmt: skip
def test_only_the_loopback_is_the_loopback(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours


def test_the_command_refuses_others_and_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match="speaks no TLS"):
        CliRunner().invoke(review, ["--host", "0.0.0.0"], catch_exceptions=False)
    with pytest.raises(CommandError, match="Nobody may log in") as refused:
        CliRunner().invoke(review, [], catch_exceptions=False)
    assert refused.value.remedy == "tipwatch user add NAME --role reviewer"
