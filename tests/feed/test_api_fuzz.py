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
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from limits import RateLimitItemPerMinute
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from storage.store import Store
from tests.feed.api_samples import Bureau, bureau
from tipwatch.api import door
from tipwatch.api.application import Api

pytestmark = pytest.mark.slow

EXAMPLES = 25
"""Of each address, right and wrong."""


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copy(sqlite_template, folder / "desk.db")
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as store:
        yield bureau(store, folder / "feed")


@pytest.fixture(scope="module")
def made(desk: Bureau) -> Iterator[Api]:
    """Wrong keys are not counted: every case is sent with one too, and is to be told 401."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(door, "WRONG_KEYS", RateLimitItemPerMinute(1_000_000))
        yield desk.api()


@pytest.fixture(scope="module")
def headers(desk: Bureau) -> dict[str, str]:
    return {"Authorization": f"Bearer {desk.key('fuzzer', per_minute=60_000)}"}


@pytest.fixture(scope="module")
def specification(made: Api) -> Any:
    return schemathesis.openapi.from_asgi("/v1/openapi.json", made.app)


PATHS = [
    "/v1/index", "/v1/entities/{id}", "/v1/search", "/v1/delta", "/v1/files/{path}", "/v1/coverage/{country}",
    "/healthz",
]  # fmt: skip


REFUSED = {path: [positive_data_acceptance] for path in ("/v1/delta", "/v1/search")}
"""What a pattern cannot say: versions that no chain leads from (410), signs that no name has (422)."""


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_in_the_specification(
    specification: Any, headers: dict[str, str], path: str, mode: GenerationMode
) -> None:
    """What the specification allows, and what it does not. Not by schemathesis' plugin, which pytest 9 breaks."""
    operation = specification[path]["GET"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=REFUSED.get(path, []))

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong
        assert path in {"/v1/index", "/healthz"}


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
