"""Forty payloads in names, titles, texts, charges and addresses: none is active on any page, in a real browser.

Refuses to trust the policy alone: nothing of them may even be an element, and no policy may have to stop one.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from storage.records.people import RecordSummary
from storage.store import Store
from tests.browser.hostile_desk import hostile_desk
from tests.browser.review_desk import NOW, Clock, log_in, made, served
from tests.browser.review_payloads import PAYLOADS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PATIENCE = 90_000  # milliseconds, on two busy cores

STRANGERS = """() => [
  ...document.querySelectorAll("iframe, object, embed, svg, math, video, img, base, style, animate"),
  ...document.querySelectorAll("meta[http-equiv]"),
  ...[...document.scripts].filter((one) => one.src !== location.origin + "/static/review.js" || one.textContent),
  ...[...document.querySelectorAll("link")].filter((one) => !one.href.startsWith(location.origin + "/static/")),
  ...[...document.querySelectorAll("[href]")].filter((one) => !/^https?:$/.test(new URL(one.href).protocol)),
  ...[...document.querySelectorAll("form")].filter((one) => new URL(one.action).origin !== location.origin),
  ...[...document.querySelectorAll("*")].filter(
    (one) => [...one.attributes].some((a) => /^on|^style$/i.test(a.name))),
  ...[...document.querySelectorAll("a[target]")].filter((one) => one.rel !== "noopener noreferrer nofollow"),
].map((one) => one.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One story for each payload, which stands in every text that a story can bring."""
    with hostile_desk(tmp_path_factory.mktemp("hostile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def desk(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(made(store, tmp_path_factory.mktemp("secret"), Clock())) as base:
        yield base


@pytest.fixture(scope="module")
def wrong() -> list[str]:
    """What a payload did: dialogs, requests elsewhere, errors, and what the policy had to stop."""
    return []


@pytest.fixture(scope="module")
def page(browser: Any, desk: str, wrong: list[str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()

    def dialog(one: Any) -> None:
        wrong.append(f"dialog {one.message}")
        one.dismiss()

    opened.on("dialog", dialog)
    opened.on("pageerror", lambda error: wrong.append(f"error {error}"))
    opened.on("request", lambda asked: None if asked.url.startswith(desk) else wrong.append(f"asked {asked.url}"))
    opened.on("popup", lambda one: wrong.append(f"popup {one.url}"))
    opened.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    log_in(opened, desk, "adam")
    yield opened
    context.close()


def quiet(page: Any, wrong: list[str], address: str) -> None:
    """Open a page and find it quiet."""
    page.goto(address)
    is_quiet(page, wrong)


def is_quiet(page: Any, wrong: list[str]) -> None:
    page.wait_for_selector("html[data-ready=yes]")
    assert page.evaluate("window.pwned") is None, page.url
    assert page.evaluate(STRANGERS) == [], page.url
    assert wrong == [], page.url


@pytest.fixture(scope="module")
def told_of(store: Store) -> list[RecordSummary]:
    """A record for each payload, before anybody decides on one."""
    found = [item.record for item in store.reviews.queue(NOW, limit=500, min_score=0.75)]
    assert len({one.name for one in found if one.name.startswith("Probe")}) == len(PAYLOADS) == 40
    return [one for one in found if one.name.startswith("Probe")]


def test_no_payload_runs_on_any_page(
    page: Any,
    desk: str,
    store: Store,
    told_of: list[RecordSummary],
    wrong: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("row", "40 injections into the review page")
    some = told_of
    quiet(page, wrong, f"{desk}/?show=500")
    for one in some:
        quiet(page, wrong, f"{desk}/record/{one.mention_id}")
        assert one.name in page.text_content("h1")  # it is shown, as text
        quiet(page, wrong, f"{desk}/person/{one.person_id}")
    for one, other in pairwise(some):
        if int(one.mention_id, 16) % 4 == 0:
            quiet(page, wrong, f"{desk}/merge?left={one.person_id}&right={other.person_id}")
    for one in some[::5]:
        for case in store.people.person(str(one.person_id)).cases:
            quiet(page, wrong, f"{desk}/case/{case.id}")
    quiet(page, wrong, f"{desk}/search?q=Probe1")
    quiet(page, wrong, f"{desk}/audit")
    record_property("figure", f"in Chromium: {len(PAYLOADS)} injections, {len(wrong)} ran")


def test_no_payload_runs_out_of_an_address_or_a_form(
    page: Any, desk: str, store: Store, told_of: list[RecordSummary], wrong: list[str]
) -> None:
    one = told_of[0]
    for payload in PAYLOADS[::4]:
        said = quote(payload, safe="")
        for address in (f"/search?q={said}", f"/?reason={said}&country={said}", f"/record/{said}"):
            quiet(page, wrong, desk + address)
    for payload in PAYLOADS[1::8]:
        page.goto(f"{desk}/record/{one.mention_id}")
        page.click("#correct summary")
        page.fill("#name", payload)
        page.fill("#stage_date", payload[:32])
        page.click("#correct button.main")
        is_quiet(page, wrong)
        assert page.input_value("#name") == payload
    assert store.reviews.record(one.mention_id).verdict is None


def test_a_payload_is_quiet_after_a_human_wrote_it(
    page: Any, desk: str, store: Store, told_of: list[RecordSummary], wrong: list[str]
) -> None:
    one = told_of[-1]
    page.goto(f"{desk}/record/{one.mention_id}")
    page.click("#correct summary")
    page.fill("#name", "Typed <img src=x onerror=window.pwned=40>")
    page.click("#correct button.main")
    is_quiet(page, wrong)
    for address in (f"/record/{one.mention_id}", f"/person/{one.person_id}", "/search?q=Typed"):
        quiet(page, wrong, desk + address)
    assert store.reviews.record(one.mention_id).reviewed_by == "adam"


@contextmanager
def page_elsewhere(folder: Path, html: str) -> Iterator[str]:
    """Somebody else's site: another port of the same host, so that the browser sends our cookie along."""
    (folder / "index.html").write_text(html, encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(folder))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_stolen_form_is_refused(
    browser: Any, desk: str, store: Store, told_of: list[RecordSummary], tmp_path: Path
) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    log_in(page, desk)
    one = store.reviews.record(told_of[1].mention_id)
    before = store.audit.entries()
    form = (
        f'<form method="post" action="{desk}/record/{one.summary.mention_id}/reject"><input name="reason" '
        f'value="victim"><input name="seen" value="{one.seen}"><button>Win a prize</button></form>'
    )
    with page_elsewhere(tmp_path, form) as elsewhere:
        page.goto(elsewhere)
        with page.expect_response(lambda got: "/reject" in got.url) as got:
            page.click("button")
        assert got.value.status == 400
        assert "tipwatch_review" in got.value.request.all_headers().get(
            "cookie", ""
        )  # it did come with the session
    assert "nothing was changed" in page.inner_text("main")
    assert store.reviews.record(one.summary.mention_id).verdict is None
    assert store.audit.entries() == before
    context.close()


def test_no_other_site_may_frame_a_page(browser: Any, desk: str, tmp_path: Path) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    with page_elsewhere(tmp_path, f'<iframe src="{desk}/login"></iframe>') as elsewhere:
        page.goto(elsewhere)
        page.wait_for_timeout(1000)
        assert [frame.url for frame in page.frames[1:] if frame.url.startswith(desk)] == []
    assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in said)
    context.close()
