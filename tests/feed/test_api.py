"""The API by its addresses: what each gives, to whom, how often, and what is written down of it.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

from starlette.testclient import TestClient

from storage.records.clients import NO_ROUTE, ClientScope
from storage.store import Store
from tests.feed.api_samples import EVERYTHING, OTHER, Bureau, asking, bureau, problem
from tests.storage.samples import NOW
from tests.storage.test_people import RARE
from tipwatch.api.application import Api
from tipwatch.api.places import IN_ALL

PATHS = {
    "/v1/index": ClientScope.ENTITIES,
    "/v1/entities/{rare}": ClientScope.ENTITIES,
    "/v1/delta?since=20260101000000": ClientScope.ENTITIES,
    "/v1/search?q=Testarossa": ClientScope.SEARCH,
    "/v1/files/names.txt": ClientScope.DOWNLOADS,
    "/v1/coverage/in": ClientScope.COVERAGE,
}


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Bureau:
    """A bureau of the test's own."""
    return bureau(sqlite_store, tmp_path / "feed")


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A bureau of the file, for tests that change nothing of it."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(sqlite_template, folder / "shared.db")
    with Store.open(f"sqlite:///{folder / 'shared.db'}", folder / "archive") as store:
        yield bureau(store, folder / "feed")


@pytest.fixture(scope="module")
def made(shared: Bureau) -> Api:
    return shared.api()


@pytest.fixture(scope="module")
def client(shared: Bureau, made: Api) -> Iterator[TestClient]:
    with asking(made, shared.key("reader")) as opened:
        yield opened


@pytest.fixture(scope="module")
def stranger(made: Api, client: TestClient) -> TestClient:
    """Somebody without a key."""
    return TestClient(made.app)


def test_the_index_is_the_folders_and_says_whether_somebody_was_withdrawn(
    shared: Bureau, client: TestClient
) -> None:
    told = client.get("/v1/index")
    assert told.status_code == 200
    written = json.loads((shared.folder / "index.json").read_text(encoding="utf-8"))
    assert told.json() == {**written, "stale_withdrawals": 0}
    assert told.headers["x-feed-version"] == written["version"]
    assert told.headers["cache-control"] == "private, no-store"
    assert told.headers["x-content-type-options"] == "nosniff"


def test_an_entity_alone_is_its_line_and_nested_has_its_cases(shared: Bureau, client: TestClient) -> None:
    lines = (shared.folder / "entities.ftm.json").read_text(encoding="utf-8").splitlines()
    for line in lines:
        entity = json.loads(line)
        assert client.get(f"/v1/entities/{entity['id']}").json() == entity
    nested = client.get(f"/v1/entities/{shared.rare}?nested=true").json()
    (party,) = nested["properties"]["courtCase"]
    assert party["properties"]["case"][0]["schema"] == "CourtCase"
    (proof,) = nested["properties"]["documentedBy"]
    assert proof["properties"]["document"][0]["schema"] == "Article"
    problem(client.get("/v1/entities/tw-p-00000000000000000000"), 404, "no-entity")
    problem(client.get(f"/v1/entities/{shared.third}"), 404, "no-entity")  # charged only: not of this feed


def test_a_name_is_found_in_any_order_and_a_score_goes_with_it(shared: Bureau, client: TestClient) -> None:
    for asked in (RARE, "testarossa okwudili", "TESTAROSSA, Okwudili Branimir"):
        told = client.get("/v1/search", params={"q": asked}).json()
        assert told["results"][0]["id"] == shared.rare, asked
        assert told["results"][0]["score"] >= 0.7
        assert told["results"][0]["match"] is True
        assert told["results"][0]["properties"]["topics"]
    assert client.get("/v1/search", params={"q": "Nobody Atall"}).json()["results"] == []
    assert len(client.get("/v1/search", params={"q": OTHER, "limit": "1"}).json()["results"]) == 1
    later = client.get("/v1/search", params={"q": RARE, "birth_date": "1951"}).json()["results"]
    same = client.get("/v1/search", params={"q": RARE, "birth_date": "1983"}).json()["results"]
    assert same[0]["score"] > (later[0]["score"] if later else 0)
    assert client.get("/v1/search", params={"q": RARE, "schema": "Organization"}).json()["results"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "q"), ({"q": ""}, "q"), ({"q": "   "}, "q"), ({"q": "x" * 200}, "q"), ({"q": "a\x00b"}, "q"),
        ({"q": "a", "limit": "0"}, "limit"), ({"q": "a", "limit": "51"}, "limit"),
        ({"q": "a", "threshold": "nan"}, "threshold"), ({"q": "a", "threshold": "-1"}, "threshold"),
        ({"q": "a", "schema": "Vessel"}, "schema"), ({"q": "a", "birth_date": "41"}, "birth_date"),
        ({"q": "a", "birth_date": "1983-13"}, "birth_date"), ({"q": "a", "nationality": "Nepal"}, "nationality"),
        ({"q": "a", "nationalty": "np"}, "nationalty"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_named_and_its_value_is_not(
    client: TestClient, query: dict[str, str], parameter: str
) -> None:
    told = problem(client.get("/v1/search", params=query), 422, "invalid")
    assert [one["parameter"] for one in told["errors"]] == [f"query.{parameter}"]
    for value in query.values():
        assert len(value) < 5 or value.strip() == "" or value not in json.dumps(told)


def test_changes_since_a_version_lead_to_the_file_of_now(desk: Bureau) -> None:
    before = (desk.folder / "entities.ftm.json").read_bytes()
    first = json.loads((desk.folder / "index.json").read_text(encoding="utf-8"))["version"]
    desk.acquit()
    last = desk.export()
    with asking(desk.api(), desk.key("taker")) as later:
        assert later.get("/v1/delta", params={"since": last}).content == b""
        changes = later.get("/v1/delta", params={"since": first})
        assert changes.headers["content-type"] == "application/x-ndjson"
        assert changes.headers["x-feed-version"] == last
        held = {json.loads(line)["id"]: json.loads(line) for line in before.splitlines()}
        for line in changes.text.splitlines():
            operation = json.loads(line)
            if operation["op"] == "DEL":
                del held[operation["entity"]["id"]]
            else:
                held[operation["entity"]["id"]] = operation["entity"]
        now = later.get("/v1/files/entities.ftm.json").text.splitlines()
        assert sorted(held.values(), key=lambda one: one["id"]) == [json.loads(line) for line in now]
        assert desk.rare not in held
        problem(later.get("/v1/delta?since=20200101000000"), 410, "load-full-file")
        problem(later.get("/v1/delta?since=99990101000000"), 410, "load-full-file")
        for wrong in ("", "yesterday", "2026", "20260101000000%0a", "٢٠٢٦٠١٠١٠٠٠٠٠٠"):
            problem(later.get(f"/v1/delta?since={wrong}"), 422, "invalid")


def test_coverage_of_a_country(shared: Bureau, client: TestClient) -> None:
    written = json.loads((shared.folder / "coverage.json").read_text(encoding="utf-8"))
    (india,) = [one for one in written if one["country"] == "in"]
    assert client.get("/v1/coverage/in").json() == india == client.get("/v1/coverage/IN").json()
    for wrong in ("zz", "india", "İN", "%00"):
        problem(client.get(f"/v1/coverage/{wrong}"), 404, "no-country")


def test_health_needs_no_key_and_names_nobody(stranger: TestClient) -> None:
    told = stranger.get("/healthz")
    assert told.json() == {"status": "ok", "version": "20260302120000", "age_seconds": 0}


def test_a_head_is_a_get_without_its_body(shared: Bureau, client: TestClient) -> None:
    for path in PATHS:
        address = path.format(rare=shared.rare)
        asked, told = client.head(address), client.get(address)
        assert asked.status_code == told.status_code
        assert asked.content == b""
        for name in ("content-type", "x-feed-version", "etag"):
            assert asked.headers.get(name) == told.headers.get(name)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_nothing_is_ever_written(client: TestClient, method: str) -> None:
    refused = client.request(method, "/v1/index")
    assert problem(refused, 405, "bad-method")
    assert refused.headers["allow"] == "GET, HEAD"


def test_a_scope_opens_its_own_addresses_only(shared: Bureau, stranger: TestClient) -> None:
    keys = {scope: shared.key(f"only-{scope}", frozenset({scope})) for scope in ClientScope}
    for path, needed in PATHS.items():
        for scope, key in keys.items():
            told = stranger.get(path.format(rare=shared.rare), headers={"Authorization": f"Bearer {key}"})
            if scope is needed:
                assert told.status_code != 403
            else:
                assert f"'{needed}'" in problem(told, 403, "no-scope")["detail"]


def test_no_key_no_answer(shared: Bureau, stranger: TestClient) -> None:
    key = shared.key()
    for path in PATHS:
        refused = stranger.get(path.format(rare=shared.rare))
        problem(refused, 401, "no-key")
        assert refused.headers["www-authenticate"].startswith("Bearer")
    for given in (f"Basic {key}", key, "Bearer", "Bearer  ", f"Token {key}"):
        assert stranger.get("/v1/index", headers={"Authorization": given}).status_code == 401
    for address in (f"/v1/index?key={key}", f"/v1/index?access_token={key}", f"/v1/index?api_key={key}"):
        assert stranger.get(address).status_code == 401
    assert stranger.get("/v1/index", headers={"Authorization": f"bearer {key}"}).status_code == 200


def test_wrong_keys_are_counted_by_address_and_right_ones_pass(desk: Bureau) -> None:
    key = desk.key()
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    with asking(desk.api()) as client:
        for n in range(10):
            given = wrong if n % 2 else f"tw_{n}"
            refused = client.get("/v1/index", headers={"Authorization": f"Bearer {given}"})
            problem(refused, 401, "wrong-key")
            assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        refused = client.get("/v1/index", headers={"Authorization": f"Bearer {wrong}"})
        problem(refused, 429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client.get("/v1/index", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_a_key_that_was_renewed_disabled_or_expired_opens_nothing_at_once(desk: Bureau) -> None:
    key = desk.key()
    _, short = desk.store.clients.add(
        "short", EVERYTHING, 60, desk.now + dt.timedelta(hours=1), "console.test", NOW
    )
    with asking(desk.api()) as client:

        def ask(given: str) -> int:
            return int(client.get("/v1/index", headers={"Authorization": f"Bearer {given}"}).status_code)

        assert (ask(key), ask(short)) == (200, 200)
        _, renewed = desk.store.clients.renew("acme", "console.test", desk.now)
        assert (ask(key), ask(renewed)) == (401, 200)
        desk.store.clients.disable("acme", "console.test", desk.now)
        assert ask(renewed) == 401
        desk.now += dt.timedelta(hours=2)
        assert ask(short) == 401


def test_a_client_asks_as_often_as_it_may(desk: Bureau) -> None:
    slow, quick = desk.key("slow", per_minute=3), desk.key("quick")
    with asking(desk.api()) as client:
        left = []
        for _ in range(3):
            told = client.get("/v1/index", headers={"Authorization": f"Bearer {slow}"})
            assert told.status_code == 200
            assert told.headers["ratelimit-limit"] == "3"
            left.append(told.headers["ratelimit-remaining"])
        assert left == ["2", "1", "0"]
        refused = client.get("/v1/index", headers={"Authorization": f"Bearer {slow}"})
        problem(refused, 429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["ratelimit-remaining"] == "0"
        assert client.get("/v1/index", headers={"Authorization": f"Bearer {quick}"}).status_code == 200


def test_one_client_searches_twice_at_once_and_leaves_places_to_others(desk: Bureau) -> None:
    greedy, others = desk.key("greedy"), desk.key("others")
    made = desk.api()
    places = made.inner.state.desk.places
    with asking(made) as client:

        def ask(key: str, path: str = "/v1/search?q=Testarossa") -> Any:
            return client.get(path, headers={"Authorization": f"Bearer {key}"})

        assert ask(greedy).status_code == 200
        with places.taken("greedy"):
            assert ask(greedy).status_code == 200
            with places.taken("greedy"):
                refused = ask(greedy)
                problem(refused, 429, "too-many-requests")
                assert refused.headers["retry-after"] == "1"
                assert ask(greedy, "/v1/index").status_code == 200
                assert ask(others).status_code == 200
                with ExitStack() as held:
                    for n in range(IN_ALL - 2):
                        held.enter_context(places.taken(f"client {n // 2}"))
                    problem(ask(others), 503, "busy")
                    assert ask(greedy).status_code == 429
            assert ask(greedy, "/v1/search?q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r").status_code == 422
        assert [ask(greedy).status_code for _ in range(4)] == [200] * 4, "a place comes back, after a refusal too"


def test_what_was_asked_is_written_down_and_no_name_is(desk: Bureau) -> None:
    key = desk.key()
    with asking(desk.api(), key) as client:
        client.get(f"/v1/entities/{desk.rare}")
        client.get("/v1/entities/okwudili-testarossa")
        client.get("/v1/search", params={"q": RARE})
        client.get("/v1/files/names.txt")
        client.get("/v1/files/testarossa.txt")
        client.get("/v1/delta?since=testarossa")
        client.get("/v1/testarossa")
        client.get("/healthz")
        client.get("/v1/openapi.json")
        client.get("/v1/index", headers={"Authorization": "Bearer tw_nobody"})
    told = desk.store.clients.accesses()
    assert [(one.client, one.route, one.status, one.subject) for one in told] == [
        ("acme", "/v1/entities/{id}", 200, desk.rare),
        ("acme", "/v1/entities/{id}", 404, None),
        ("acme", "/v1/search", 200, None),
        ("acme", "/v1/files/{path:path}", 200, "names.txt"),
        ("acme", "/v1/files/{path:path}", 404, None),
        ("acme", "/v1/delta", 422, None),
        (None, NO_ROUTE, 404, None),
        (None, "/v1/index", 401, None),
    ]
    assert told[3].bytes == (desk.folder / "names.txt").stat().st_size
    assert "testarossa" not in repr(told).lower()
    assert desk.store.clients.get("acme").last_seen is not None  # type: ignore[union-attr]


def test_a_flood_of_refusals_does_not_fill_the_log(desk: Bureau) -> None:
    with asking(desk.api(), desk.key(per_minute=1)) as client:
        for _ in range(80):
            client.get("/v1/index")
            client.get("/v1/nothing")
    told = desk.store.clients.accesses()
    assert sum(one.client is None for one in told) == 60
    assert sum(one.client == "acme" for one in told) == 61


def test_the_specification_is_whole(client: TestClient) -> None:
    told = client.get("/v1/openapi.json").json()
    assert set(told["paths"]) == {
        "/v1/index", "/v1/entities/{id}", "/v1/search", "/v1/delta", "/v1/files/{path}", "/v1/coverage/{country}",
        "/healthz",
    }  # fmt: skip
    for path, operations in told["paths"].items():
        assert set(operations) == {"get"}
        for status, answer in operations["get"]["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
        assert ("security" in operations["get"]) is (path != "/healthz")
    assert "HTTPValidationError" not in told["components"]["schemas"]
    for page in ("/docs", "/redoc", "/openapi.json", "/v1/docs"):
        problem(client.get(page), 404, "not-found")
