"""What a session is worth over restarts, and the files that it hangs on.

Refuses stubs: applications one after the other over one store, and real files, links and owners.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.browser.review_desk import NOW, TOKEN, Clock, enter, made, mention, stories, token, told, with_users
from tipwatch.errors import CommandError
from tipwatch.review import ended, login, secret

COOKIE = "tipwatch_review"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        told(opened, stories(1))
        with_users(opened)
        yield opened


@pytest.mark.parametrize("restarted", [True, False], ids=["restarted", "another process beside it"])
def test_a_cookie_of_before_the_logout_is_worth_nothing_in_another_application(
    store: Store, tmp_path: Path, restarted: bool
) -> None:
    clock = Clock()
    first = made(store, tmp_path, clock)
    other = first if restarted else made(store, tmp_path, clock)
    client, stays = enter(first), enter(first, "adam")
    kept, still = client.get_cookie(COOKIE), stays.get_cookie(COOKIE)
    assert kept is not None
    assert still is not None
    thief, adam = other.test_client(), other.test_client()
    thief.set_cookie(COOKIE, kept.value)
    assert thief.get("/help").status_code == 200
    assert client.post("/logout", data={"csrf_token": token(client, "/help")}).status_code == 303
    if restarted:
        other = made(store, tmp_path, clock)
        thief, adam = other.test_client(), other.test_client()
    thief.set_cookie(COOKIE, kept.value)
    adam.set_cookie(COOKIE, still.value)
    assert thief.get("/help").status_code == 303
    assert adam.get("/help").status_code == 200  # others' sessions last


def test_what_ended_is_forgotten_when_no_cookie_of_it_could_be_used(tmp_path: Path) -> None:
    clock = Clock()
    held = ended.Ended(tmp_path, clock(), login.WHOLE)
    held.add("first", clock())
    clock.forward(hours=7)
    held.add("second", clock())
    clock.forward(hours=6)
    assert held.holds("first")
    again = ended.Ended(tmp_path, clock(), login.WHOLE)
    assert (again.holds("first"), again.holds("second"), again.holds("third")) == (False, True, False)
    path = tmp_path / ended.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert again.holds("second")
    again.add("third", clock())
    assert again.holds("third")


def link(path: Path) -> None:
    other = path.with_name("known-to-somebody")
    other.write_bytes(b"x" * secret.LENGTH)
    other.chmod(0o600)
    path.symlink_to(other)


def foreign(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    path.write_bytes(b"x" * secret.LENGTH)
    path.chmod(0o600)
    os.chown(path, 65534, 65534)


def begin(folder: Path, name: str) -> object:
    return secret.kept(folder) if name == secret.FILE else ended.Ended(folder, NOW, login.WHOLE)


@pytest.mark.parametrize("name", [secret.FILE, ended.FILE])
@pytest.mark.parametrize(
    ("made_so", "said"),
    [
        (link, "it is a link"), (lambda path: path.symlink_to(path.with_name("nothing")), "it is a link"),
        (foreign, "belongs to another user"), (lambda path: path.mkdir(), "no file|Is a directory"),
        (os.mkfifo, "no file|No such device"),
    ],
    ids=["link", "link to nothing", "foreign", "folder", "pipe"],
)  # fmt: skip
def test_a_file_of_the_sessions_that_somebody_else_laid_there_is_refused(
    tmp_path: Path, name: str, made_so: Callable[[Path], None], said: str
) -> None:
    made_so(tmp_path / name)
    with pytest.raises(CommandError, match=said) as refused:
        begin(tmp_path, name)
    assert str(tmp_path / name) in str(refused.value)
    assert not (tmp_path / "nothing").exists()


def test_a_draft_of_the_secret_is_written_through_no_link(tmp_path: Path) -> None:
    (tmp_path / f"{secret.FILE}.{os.getpid()}").symlink_to(tmp_path / "target")
    secret.kept(tmp_path)
    assert not (tmp_path / "target").exists()


def written(here: str, seen: str) -> dict[str, str]:
    return {
        "seen": seen, "was": "{}", "name": 'Typed "Name"', "aliases": "One\nTwo", "stage": "charged", "age": "33",
        "stage_date": "", "nationality": "np",
    }  # fmt: skip


def hidden(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return [(name, html.unescape(value)) for name, value in found]


def test_a_correction_sent_after_the_session_ended_is_not_lost(store: Store, tmp_path: Path) -> None:
    clock = Clock()
    client, here = enter(made(store, tmp_path, clock)), mention(store)
    sent = written(here, store.reviews.record(here).seen) | {"csrf_token": token(client, "/help")}
    clock.forward(hours=2)
    ours = {"Origin": "http://localhost"}
    asked = client.post(f"/record/{here}/correct?country=in", data=sent, headers=ours)
    assert asked.status_code == 401
    assert "nothing was saved yet" in asked.text
    wrong = client.post("/login", data={**dict(hidden(asked.text)), "name": "anna", "token": "wrong"})
    assert wrong.status_code == 401
    page = client.post("/login", data={**dict(hidden(wrong.text)), "name": "anna", "token": TOKEN})
    assert page.status_code == 200
    assert store.reviews.record(here).verdict is None  # it waits for a person to send it
    assert f'action="/record/{here}/correct?country=in"' in page.text
    form = page.text.split(f'action="/record/{here}')[1]
    assert client.post(f"/record/{here}/correct", data=dict(hidden(form))).status_code == 303
    now = store.reviews.record(here).stands
    assert now is not None
    assert (now.name, now.aliases, now.age, now.nationality) == ('Typed "Name"', ("One", "Two"), 33, "np")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_nobody_elses_form_is_kept_over_a_login(store: Store, tmp_path: Path, origin: str) -> None:
    client, here = made(store, tmp_path, Clock()).test_client(), mention(store)
    answer = client.post(f"/record/{here}/correct", data=written(here, "x"), headers={"Origin": origin})
    assert answer.status_code == 303
    assert "Typed" not in client.get("/login").text


@pytest.mark.parametrize(
    "held",
    ["", "x", "[]", '["https://evil.example/", {}]', '["//evil.example/", {}]', '["/a", {"b": [1]}]', "[1, 2]"],
)
def test_what_no_page_of_ours_kept_is_not_offered(store: Store, tmp_path: Path, held: str) -> None:
    client = made(store, tmp_path, Clock()).test_client()
    sent = {"csrf_token": token(client), "name": "anna", "token": TOKEN, "held": held}
    assert client.post("/login", data=sent).status_code == 303
