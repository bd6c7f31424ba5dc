"""Settings: which source wins, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.faults import ConfigErrors
from config.settings import FILE_ONLY, Settings, SettingsFile, load_settings


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = load_settings({"PATH": "/bin", "TIPWATCH_TEST_X": "x", "TIPWATCH_REQUIRE_POSTGRES": "1"})
    assert found == Settings()
    assert found.database_url == "sqlite:///data/tipwatch.db"
    assert found.archive_dir == Path("data/archive")


@pytest.mark.parametrize(
    ("env", "text", "field", "expected"),
    [
        ({"TIPWATCH_DELAY": "7.5"}, None, "delay", 7.5),
        ({"TIPWATCH_DELAY": "7.5"}, "delay: 9", "delay", 7.5),
        ({}, "delay: 9", "delay", 9.0),
        ({"TIPWATCH_DELAY": ""}, "delay: 9", "delay", 9.0),
        ({}, "# nothing decided\n", "delay", 5.0),
        ({"TIPWATCH_CONTACT": "desk@example.org"}, None, "contact", "desk@example.org"),
        ({}, "contact: https://example.org/bot", "contact", "https://example.org/bot"),
        (
            {"TIPWATCH_ALLOW_PRIVATE": "127.0.0.1:80, [::1]:81"},
            None,
            "allow_private",
            ("127.0.0.1:80", "[::1]:81"),
        ),
        ({}, "allow_private: ['127.0.0.1:80']", "allow_private", ("127.0.0.1:80",)),
        ({"TIPWATCH_MAX_BODY_BYTES": "2048"}, None, "max_body_bytes", 2048),
        ({"TIPWATCH_DATA_DIR": "/srv/tip"}, None, "archive_dir", Path("/srv/tip/archive")),
        ({"TIPWATCH_DATA_DIR": "/srv/tip"}, None, "database_url", "sqlite:////srv/tip/tipwatch.db"),
        ({"TIPWATCH_SOURCES_DIR": "mine"}, None, "sources_dir", Path("mine")),
        ({"TIPWATCH_DATABASE_URL": "postgresql://u@h/n"}, "data_dir: x", "database_url", "postgresql://u@h/n"),
        ({}, "host_budget: 3\nmax_depth: 1", "host_budget", 3),
    ],
)
def test_what_wins(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    env: dict[str, str],
    text: str | None,
    field: str,
    expected: object,
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("tipwatch.yml").write_text(text)
    assert getattr(load_settings(env), field) == expected


def test_a_named_file_wins_over_the_one_that_lies_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tipwatch.yml").write_text("delay: 1")
    Path("other.yml").write_text("delay: 2")
    Path("third.yml").write_text("delay: 3")
    assert load_settings({"TIPWATCH_SETTINGS": "other.yml"}).delay == 2
    assert load_settings({"TIPWATCH_SETTINGS": "other.yml"}, Path("third.yml")).delay == 3


@pytest.mark.parametrize(
    ("env", "text", "file", "line", "key", "problem", "remedy"),
    [
        ({"TIPWATCH_DELY": "3"}, None, "environment", None, "TIPWATCH_DELY", "unknown", "TIPWATCH_DELAY"),
        ({"TIPWATCH_XYZZY": "3"}, None, "environment", None, "TIPWATCH_XYZZY", "unknown", "known: TIPWATCH_ALLOW"),
        ({"TIPWATCH_DELAY": "soon"}, None, "environment", None, "TIPWATCH_DELAY", "number", "seconds"),
        ({"TIPWATCH_DELAY": "-1"}, None, "environment", None, "TIPWATCH_DELAY", "0", "seconds"),
        ({"TIPWATCH_DELAY": "nan"}, None, "environment", None, "TIPWATCH_DELAY", "number", "seconds"),
        ({"TIPWATCH_CONTACT": "me"}, None, "environment", None, "TIPWATCH_CONTACT", "neither", "desk@"),
        ({"TIPWATCH_MAX_DEPTH": "99"}, None, "environment", None, "TIPWATCH_MAX_DEPTH", "20", "0 to 20"),
        (
            {"TIPWATCH_ALLOW_PRIVATE": "localhost"},
            None,
            "environment",
            None,
            "TIPWATCH_ALLOW_PRIVATE",
            "host:port",
            "127",
        ),
        (
            {"TIPWATCH_DATABASE_URL": "mysql://u:hush@h"},
            None,
            "environment",
            None,
            "TIPWATCH_DATABASE_URL",
            "neither",
            "sqlite",
        ),
        ({"TIPWATCH_SETTINGS": "absent.yml"}, None, "absent.yml", None, "", "cannot be read", "path"),
        ({}, "contact: a@b.example\ndely: 3", "tipwatch.yml", 2, "dely", "unknown key", "did you mean delay"),
        ({}, "\ncontact: no", "tipwatch.yml", 2, "contact", "false", "quote it"),
        ({}, "delay: [1]", "tipwatch.yml", 1, "delay", "number", "seconds"),
        ({}, "- delay", "tipwatch.yml", 1, "", "not a mapping", "key: value"),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    env: dict[str, str],
    text: str | None,
    file: str,
    line: int | None,
    key: str,
    problem: str,
    remedy: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("tipwatch.yml").write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        load_settings(env)
    (error,) = caught.value.errors
    assert (error.file, error.line, error.key) == (file, line, key)
    assert problem in error.problem
    assert remedy in error.remedy
    assert "hush" not in str(error)


def test_faults_of_file_and_environment_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tipwatch.yml").write_text("dely: 3")
    with pytest.raises(ConfigErrors) as caught:
        load_settings({"TIPWATCH_DELAY": "soon", "TIPWATCH_CONTAKT": "x"})
    assert [error.key for error in caught.value.errors] == ["TIPWATCH_CONTAKT", "TIPWATCH_DELAY", "dely"]


def test_every_setting_is_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")
    for name in SettingsFile.model_fields:
        variable = "none: in the file only" if name in FILE_ONLY else f"`TIPWATCH_{name.upper()}`"
        assert f"| `{name}` | {variable} |" in page
