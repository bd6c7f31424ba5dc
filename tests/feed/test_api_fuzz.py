"""Schemathesis asks the API whatever its own specification allows, and what it does not.

Refuses an answer that the specification does not have, and every fault of ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")
pytest.importorskip("schemathesis")

import schemathesis
from hypothesis import HealthCheck, settings

from storage.store import Store
from tests.feed.api_samples import Bureau, bureau
from tipwatch.api.application import Api

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copy(sqlite_template, folder / "desk.db")
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as store:
        yield bureau(store, folder / "feed")


@pytest.fixture(scope="module")
def made(desk: Bureau) -> Api:
    return desk.api()


@pytest.fixture(scope="module")
def headers(desk: Bureau) -> dict[str, str]:
    return {"Authorization": f"Bearer {desk.key('fuzzer', per_minute=60_000)}"}


@pytest.fixture(scope="module")
def specification(made: Api) -> Any:
    return schemathesis.openapi.from_asgi("/v1/openapi.json", made.app)


schema = schemathesis.pytest.from_fixture("specification")


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_in_the_specification(case: Any, headers: dict[str, str]) -> None:
    case.call_and_validate(headers=headers)


def test_answers_to_good_questions_are_in_it_too(
    specification: Any, desk: Bureau, headers: dict[str, str]
) -> None:
    asked = [
        ("/v1/index", {}, {}), ("/healthz", {}, {}), ("/v1/coverage/{country}", {"country": "in"}, {}),
        ("/v1/entities/{id}", {"id": desk.rare}, {}), ("/v1/entities/{id}", {"id": desk.rare}, {"nested": True}),
        ("/v1/search", {}, {"q": "Okwudili Testarossa", "birth_date": "1983", "nationality": "in"}),
        ("/v1/delta", {}, {"since": "20260302120000"}), ("/v1/files/{path}", {"path": "names.txt"}, {}),
        ("/v1/files/{path}", {"path": "deltas/index.json"}, {}),
    ]  # fmt: skip
    for path, parameters, query in asked:
        case = specification[path]["GET"].Case(path_parameters=parameters, query=query)
        answer = case.call_and_validate(headers=headers)
        assert answer.status_code == 200, (path, answer.status_code)
