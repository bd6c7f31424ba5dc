"""The command line as people meet it: help, documentation, errors and exit codes, in real processes."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from config.faults import ConfigError, ConfigErrors
from storage.errors import DiskFull, ExportRefused
from tests.app.outlet import ROOT, Installation, Outlet
from tipwatch.cli import COMMANDS, cli
from tipwatch.errors import EXIT_CODES, CommandError, ExitCode, explain


def every_command(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


def in_process(desk: Installation, *arguments: str, env: dict[str, str] | None = None) -> Result:
    """The command without a process of its own: a tenth of the time. The log's handlers are put back."""
    log = logging.getLogger()
    handlers, level = list(log.handlers), log.level
    cleared = {name: None for name in os.environ if name.startswith("TIPWATCH_")}
    try:
        with contextlib.chdir(desk.folder):
            return CliRunner(env={**cleared, **desk.env, **(env or {})}).invoke(
                cli, list(arguments), prog_name="tipwatch"
            )
    finally:
        log.handlers[:] = handlers
        log.setLevel(level)


ALL = list(every_command(cli))
IDS = [" ".join(path) for path, _ in ALL]


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.mark.parametrize(("path", "command"), ALL, ids=IDS)
def test_every_command_is_documented_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    words = " ".join(path)
    assert f"# {words}\n" in text
    if not isinstance(command, click.Group):
        assert f"\ntipwatch {words}" in text


@pytest.mark.parametrize(("path", "command"), ALL, ids=IDS)
def test_every_command_has_a_line_of_help_and_an_example(path: tuple[str, ...], command: click.Command) -> None:
    short = command.get_short_help_str(limit=200)
    assert short.endswith(".")
    assert "\n" not in short
    shown = CliRunner().invoke(cli, [*path, "--help"]).output
    if not isinstance(command, click.Group):
        assert "Example:" in shown
        assert f"tipwatch {' '.join(path)}" in shown.split("Example:")[1]


def examples() -> Iterator[tuple[str, str]]:
    """Commands that the pages show, each with its page."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        fenced = False
        for line in page.read_text(encoding="utf-8").splitlines():
            fenced ^= line.startswith("```")
            found = re.match(r"(?:    |\.venv/bin/)?(tipwatch [a-z].*)", line)
            if found and (fenced or line.startswith("    ")):
                yield page.name, found[1]


@pytest.mark.parametrize(("page", "line"), list(dict.fromkeys(examples())))
def test_what_the_pages_show_can_be_typed(page: str, line: str) -> None:
    command: click.Command = cli
    name, *words = shlex.split(line, comments=True)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, (page, line)
        command, name, words = found, words[0], words[1:]
    try:
        command.make_context(name, words)
    except (click.MissingParameter, click.NoSuchOption) as fault:
        pytest.fail(f"{page}: `{line}`: {fault.format_message()}")
    except click.BadParameter:
        pass  # a file that is not here


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(limit=200) == COMMANDS[name][2]


WRITES = [
    "crawl", "ingest", "extract", "resolve", "export", "schedule", "db upgrade", "source new", "takedown", "prune",
    "user add", "user disable",
]  # fmt: skip


@pytest.mark.parametrize("words", WRITES)
def test_what_writes_can_be_tried_dry(words: str) -> None:
    command = dict(zip(IDS, (command for _, command in ALL), strict=True))[words]
    assert "--dry-run" in {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(("code", "meaning"), EXIT_CODES)
def test_exit_codes_are_documented(code: ExitCode, meaning: str) -> None:
    shown = " ".join(CliRunner().invoke(cli, ["--help"]).output.split())
    assert f" {int(code)} {meaning}" in shown
    assert f"| {int(code)} |" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_help_imports_nothing_heavy() -> None:
    """That is what makes it quick (0.2 s on an idle machine); a clock would fail on a busy one."""
    code = (
        "import sys\nfrom tipwatch.cli import cli\n"
        "try:\n    cli(['--help'], prog_name='tipwatch')\nexcept SystemExit:\n    pass\n"
        "heavy = {'spacy', 'scrapy', 'sqlalchemy', 'trafilatura', 'pydantic', 'rich'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_version() -> None:
    shown = CliRunner().invoke(cli, ["--version"])
    assert shown.exit_code == 0
    assert shown.output.startswith("tipwatch 0.")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CommandError("It is so.", "Do this."), ExitCode.BAD_INPUT, ["It is so.", "Do this."]),
        (DiskFull("No space left.", "Free some."), ExitCode.ENVIRONMENT, ["No space left.", "Free some."]),
        (ExportRefused("Fewer.", "Force it.", rows=1, previous_rows=9), ExitCode.REFUSED, ["Fewer.", "Force it."]),
        (
            OSError(28, "No space left on device", "/x/y"),
            ExitCode.ENVIRONMENT,
            ["/x/y", "No space left", "Free some"],
        ),
        (PermissionError(13, "Permission denied", "/x"), ExitCode.ENVIRONMENT, ["/x: Permission denied", "right"]),
        (
            ConfigErrors(
                [ConfigError(file="a.yml", line=3, key="level", problem="unknown", remedy="write local")]
            ),
            ExitCode.BAD_INPUT,
            ["a.yml:3: level: unknown", "write local"],
        ),
    ],
)
def test_known_errors_are_sentences(error: Exception, code: ExitCode, words: list[str]) -> None:
    found = explain(error)
    assert found is not None
    assert found.code is code
    assert all(word in "\n".join(found.lines) for word in words)


def test_a_fault_of_our_own_is_not_explained_away() -> None:
    assert explain(KeyError("x")) is None


BAD_ARGUMENTS = [
    (["crwl"], "Did you mean 'crawl'?"),
    (["crawl", "in_dayly"], "in_daily"),
    (["crawl", "--limit", "0"], "--limit"),
    (["crawl", "--country", "xx"], "xx"),
    (["ingest", "nowhere.warc.gz"], "does not exist"),
    (["extract", "--input", "x.jsonl"], "does not exist"),
    (["extract", "--output", "x.jsonl"], "go together"),
    (["extract", "--source", "in_dayly"], "in_daily"),
    (["export", "--output", "x"], "--stage"),
    (["coverage", "--since", "yesterday"], "yesterday"),
    (["coverage", "--since", "2026-02-02", "--until", "2026-02-01"], "--until"),
    (["schedule", "--export-at", "25:00"], "HH:MM"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_ARGUMENTS, ids=[" ".join(row[0]) for row in BAD_ARGUMENTS])
def test_bad_arguments_end_with_2(desk: Installation, arguments: list[str], words: str) -> None:
    desk.watch(None, "daily")
    done = in_process(desk, *arguments)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_crawl_is_not_a_success(desk: Installation) -> None:
    """An empty or unmounted catalogue must not pass in silence, night after night."""
    desk.watch(None, "daily")
    for arguments in (["crawl", "--country", "np"], ["crawl"]):
        done = in_process(desk, *arguments)
        assert done.exit_code == ExitCode.NEEDS_A_LOOK
        assert str(desk.sources) in done.output
        for file in desk.sources.rglob("*.yml"):
            file.unlink()


def test_coverage_as_csv_is_the_exports_sheet(desk: Installation, tmp_path: Path) -> None:
    desk.watch(None, "daily")
    shown = in_process(desk, "coverage", "--format", "csv").stdout
    assert in_process(desk, "export", "--output", str(tmp_path / "out"), "--stage", "charged").exit_code == 0
    written = (tmp_path / "out" / "coverage.csv").read_text(encoding="utf-8-sig")
    assert shown.splitlines() == written.splitlines()
    assert "named_accused=not_yet_watched" in shown


def test_a_fault_of_our_own_shows_one_line(desk: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's errors quote a row, Python's what could not be read: the place is told, not the message."""

    def fail() -> None:
        raise RuntimeError("invalid input Arlo\nDETAIL: Key (name)=(Arlo Quince) already exists.")

    monkeypatch.setattr("tipwatch.workplace.read_catalogue", fail)
    done = in_process(desk, "crawl")
    assert done.exit_code == ExitCode.FAULT
    assert re.search(r"RuntimeError at test_commands\.py:\d+ in fail\n", done.stderr)
    assert "Arlo" not in done.stderr
    assert "Quince" not in done.stderr


def test_a_malformed_yaml_anywhere_stops_everything(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        bad = desk.sources / "in" / "other.yml"
        bad.write_text("title: Other\nhomepag: https://other.example/\n", encoding="utf-8")
        done = desk.run("crawl", "in_daily")
        assert outlet.asked == []
    assert done.returncode == ExitCode.BAD_INPUT
    assert f"{bad}:2:" in done.stderr.decode()
    assert "homepag" in done.stderr.decode()
    assert not (desk.folder / "data").exists()


ENVIRONMENT = [
    ({"TIPWATCH_CONTACT": ""}, ["crawl"], "contact"),
    ({"TIPWATCH_CONTACT": ""}, ["schedule", "--once"], "contact"),
    ({"TIPWATCH_DATABASE_URL": "sqlite:////proc/no/such.db"}, ["coverage"], "/proc/no"),
    ({"TIPWATCH_DATA_DIR": "/proc/no"}, ["status"], "/proc/no"),
]


@pytest.mark.parametrize(("env", "arguments", "words"), ENVIRONMENT)
def test_a_bad_environment_ends_with_3(
    desk: Installation, env: dict[str, str], arguments: list[str], words: str
) -> None:
    desk.watch(None, "daily")
    done = in_process(desk, *arguments, env=env)
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_codes_and_sentences_survive_the_console_script(desk: Installation) -> None:
    desk.watch(None, "daily")
    for arguments, env, code in (
        (["crawl", "in_dayly"], {}, ExitCode.BAD_INPUT),
        (["coverage"], {"TIPWATCH_DATA_DIR": "/proc/no"}, ExitCode.ENVIRONMENT),
    ):
        done = desk.run(*arguments, env=env)
        assert done.returncode == code
        assert done.stderr.startswith(b"Error: ")
        assert b"Traceback" not in done.stderr
        shown = desk.run("--debug", *arguments, env=env)
        assert b"Traceback" in shown.stderr
        assert shown.returncode == code


def test_a_bad_database_url_hides_its_password(desk: Installation) -> None:
    done = in_process(desk, "status", env={"TIPWATCH_DATABASE_URL": "mysql://me:hush@host/x"})
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "hush" not in done.output


def test_a_closed_pipe_is_quiet(desk: Installation) -> None:
    desk.watch(None, "daily")
    process = desk.start("coverage", "--format", "json", "--all")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) == ExitCode.BROKEN_PIPE
    assert errors == ""


@pytest.mark.slow
def test_ctrl_c_ends_with_130_and_keeps_what_is_done(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        outlet.hold()
        process = desk.start("crawl")
        until = time.monotonic() + 30
        while not outlet.asked and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        outlet.let_go()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == ExitCode.INTERRUPTED, errors.decode()
        assert b"Traceback" not in errors
        done = desk.run("crawl")
    assert done.returncode == 0, done.stderr.decode()
    assert b"2 pages fetched, 1 kept" in done.stdout


@pytest.mark.slow
def test_the_main_job(desk: Installation) -> None:
    """Crawl, extract, coverage, export and status, as a user types them; then all again, and nothing changes."""
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        desk.watch(None, "dead", country="np")
        desk.watch(outlet, "asleep", country="gb", state="paused")
        dry = desk.run("crawl", "--dry-run")
        assert (dry.returncode, outlet.asked) == (0, [])
        assert not (desk.folder / "data").exists()
        asleep = desk.run("crawl", "gb_asleep")
        assert (asleep.returncode, outlet.asked) == (0, [])
        assert b"gb_asleep: paused since 2026-01-01" in asleep.stdout
        first = desk.run("crawl")
        assert first.returncode == ExitCode.NEEDS_A_LOOK
        assert b"2 pages fetched, 1 kept" in first.stdout
        assert b"1 source failed" in first.stdout
        assert first.stderr == b""
        again = desk.run("crawl", "in_daily")
        assert again.returncode == 0
        assert b"0 pages fetched, 0 kept" in again.stdout
    read = desk.run("extract")
    assert read.returncode == 0, read.stderr.decode()
    assert b"1 on topic, 1 accused named" in read.stdout
    assert b"Nothing to read" in desk.run("extract").stdout
    coverage = json.loads(desk.run("coverage", "--format", "json").stdout)
    by_country = {one["country"]: one for one in coverage}
    assert by_country["in"]["counts"]["named_accused"] == 1
    assert by_country["np"]["zeros"]["named_accused"] == "source_down"
    assert by_country["gb"]["zeros"]["named_accused"] == "source_paused"
    exported = desk.run("export", "--output", "out", "--stage", "charged")
    assert exported.returncode == 0, exported.stderr.decode()
    assert b"Exported 1 row" in exported.stdout
    assert {"charged.csv", "coverage.csv", "README.md"} <= {file.name for file in (desk.folder / "out").iterdir()}
    assert "Arlo Quince" in (desk.folder / "out" / "charged.csv").read_text(encoding="utf-8")
    status = desk.run("status", "--format", "json")
    assert status.returncode == 0, status.stdout.decode()
    assert json.loads(status.stdout)["pages_waiting"] == 0
