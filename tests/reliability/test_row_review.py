"""Forty injections into every text that a story can bring: as a parser of HTML sees the review's pages.

Refuses to need a browser: tests/browser/test_review_injection.py shows the same in Chromium, where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html as parser

from storage.store import Store
from tests.app.test_review_security import posts
from tests.browser.hostile_desk import hostile_desk
from tests.browser.review_desk import NOW, Clock, enter, made
from tests.browser.review_payloads import ADDRESSES, PAYLOADS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Record = Callable[[str, object], None]

STRANGE = frozenset({"iframe", "object", "embed", "svg", "math", "video", "img", "base", "style", "animate"})
LINKS = frozenset({"href", "src", "action", "formaction", "data", "srcdoc", "xlink:href"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A story for each payload: in name, title, text, charge, alias, a second name, and an address."""
    with hostile_desk(tmp_path_factory.mktemp("hostile")) as opened:
        yield opened


def wrongs(page: str) -> list[str]:
    """Elements and attributes of a page that no template of ours has: what would run, load, or lead elsewhere."""
    found = []
    for one in parser.document_fromstring(page).iter(parser.etree.Element):
        shown = parser.tostring(one, encoding="unicode")[:120]
        if one.tag in STRANGE or (one.tag == "meta" and one.get("http-equiv") is not None):
            found.append(shown)
        if one.tag == "script" and (one.text or not str(one.get("src")).startswith("/static/")):
            found.append(shown)
        for name, value in one.attrib.items():
            if name.startswith("on") or name == "style" or (name in LINKS and not is_harmless(one.tag, value)):
                found.append(shown)
    return found


def is_harmless(tag: str, address: str) -> bool:
    """True for our own addresses, and for a link to a story on the web."""
    if address.startswith("/") and not address.startswith("//"):
        return True
    return address.startswith("#") or (tag == "a" and urlsplit(address).scheme in {"http", "https"})


def visit(client: FlaskClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code in {200, 400, 404}, (address, answer.status_code)
    return [f"{address}: {one}" for one in wrongs(answer.text)]


def test_no_injection_is_active_on_any_page(store: Store, tmp_path: Path, record_property: Record) -> None:
    record_property("row", "40 injections into the review page")
    app = made(store, tmp_path, Clock())
    client = enter(app, "adam")
    records = [item.record for item in store.reviews.queue(NOW, limit=500, min_score=0.75)]
    told_of = [one for one in records if one.name.startswith("Probe")]
    assert len({one.name for one in told_of}) == len(PAYLOADS) == 40
    addresses = ["/", "/?show=500", "/audit", "/search?q=Probe1"]
    for one, other in zip(told_of, [*told_of[1:], told_of[0]], strict=True):
        addresses += [f"/record/{one.mention_id}", f"/person/{one.person_id}"]
        addresses += [f"/merge?left={one.person_id}&right={other.person_id}"]
        addresses += [f"/case/{case.id}" for case in store.people.person(str(one.person_id)).cases]
    for payload in (*PAYLOADS, *ADDRESSES):
        said = quote(payload, safe="")
        addresses += [f"/search?q={said}", f"/?reason={said}&country={said}", f"/record/{said}"]
    found = [wrong for address in addresses for wrong in visit(client, address)]
    shown = sum(one.name.split(" ", 1)[1].split()[0][:8] in visible(client, one.mention_id) for one in told_of)
    before = store.audit.entries()
    forms = posts(app, store)
    refused = sum(client.post(address, data=form).status_code == 400 for address, form in forms)
    record_property(
        "figure",
        f"{len(PAYLOADS)} injections and {len(ADDRESSES)} addresses on {len(addresses)} pages: "
        f"{len(found)} unescaped or active; {refused} of {len(forms)} forged forms refused",
    )
    assert found == []
    assert shown == len(told_of), "each is shown as the text that it is"
    assert refused == len(forms)
    assert store.audit.entries() == before


def visible(client: FlaskClient, record: str) -> str:
    """The text of a record's page."""
    return str(parser.document_fromstring(client.get(f"/record/{record}").text).text_content())


def test_a_page_that_is_not_escaped_would_be_found() -> None:
    """The parser sees each payload that holds markup, were it written raw."""
    raw = [payload for payload in PAYLOADS if payload.startswith("<")]
    assert len(raw) > 20
    missed = [payload for payload in raw if not wrongs(f"<html><body><p>{payload}</p></body></html>")]
    assert [payload for payload in missed if "body onload" not in payload] == []
