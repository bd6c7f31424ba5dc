"""What docs/deploy holds, held against the commands, the figures, the locks, and systemd where it is here.

Refuses to build an image: no container engine is needed for these tests, so that part is looked at as text only.
"""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from config.settings import load_settings
from storage.schema import SchemaState
from tests.app.outlet import ROOT
from tests.app.test_due import NOW
from tipwatch.cli import cli
from tipwatch.jobs.measures import FeedMeasures, Measures, SourceMeasures
from tipwatch.metrics import exposition

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
PROGRAM = "/opt/tipwatch/.venv/bin/tipwatch"
EXPOSURE = 20
"""Tenths; below 2.5 systemd calls it fine. What is left is the network, which a crawler needs."""


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text(encoding="utf-8"))
    return read


def typed(words: list[str]) -> None:
    """Raises when a command does not know its options."""
    command: click.Command = cli
    name = "tipwatch"
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, name, words = found, words[0], words[1:]
    command.make_context(name, words)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_that_there_is_as_nobody_special(path: Path) -> None:
    service = unit(path)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert program == PROGRAM
    typed(words)
    assert service["User"] == "tipwatch"
    assert service["CapabilityBoundingSet"] == ""
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictSUIDSGID"):
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["UMask"] == "0077"
    told = unit(path)["Unit"]["Documentation"].removeprefix("file:///opt/tipwatch/")
    assert (ROOT / told).is_file()


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_a_timer_has_its_service(path: Path) -> None:
    assert path.with_suffix(".service") in UNITS
    assert unit(path)["Install"]["WantedBy"] == "timers.target"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_no_fault_and_little_exposure(tmp_path: Path) -> None:
    program = shutil.which("true")
    for path in (*UNITS, *TIMERS):
        text = path.read_text(encoding="utf-8").replace(PROGRAM, str(program))
        (tmp_path / path.name).write_text(re.sub("(?m)^Documentation=.*$", "", text), encoding="utf-8")
    for path in (*UNITS, *TIMERS):
        done = run("systemd-analyze", "verify", "--man=no", str(tmp_path / path.name))
        assert (done.returncode, done.stderr) == (0, ""), path.name
    for path in UNITS:
        done = run(
            "systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE}", str(tmp_path / path.name)
        )
        assert done.returncode == 0, done.stdout[-400:]
    for path in TIMERS:
        done = run("systemd-analyze", "calendar", unit(path)["Timer"]["OnCalendar"])
        assert done.returncode == 0, done.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)


def test_the_settings_that_are_shown_can_be_read() -> None:
    found = load_settings({}, DEPLOY / "systemd" / "tipwatch.yml")
    assert [plan.name for plan in found.feeds] == ["convicted"]
    lines = (DEPLOY / "systemd" / "tipwatch.env").read_text(encoding="utf-8").splitlines()
    shown = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    load_settings({name: value for name, value in shown.items() if name.startswith("TIPWATCH_")})


def test_the_composition_is_shut_by_default_and_its_commands_are_ours() -> None:
    made = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    assert made["networks"]["back"]["internal"]
    for name, service in made["services"].items():
        assert "ports" not in service, name
        assert "privileged" not in service, name
        assert set(service["networks"]) <= made["networks"].keys()
        if name == "db":
            continue
        typed(list(service["command"]))
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001:10001"
        assert "no-new-privileges:true" in service["security_opt"]
    assert "outside" not in made["services"]["api"]["networks"]
    assert "outside" not in made["services"]["db"]["networks"]


def test_the_image_takes_packages_by_their_hashes_and_runs_as_nobody() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    installs = re.findall(r"pip install [^&\n]*", joined)
    assert len(installs) == 4
    assert [one for one in installs if "--require-hashes" not in one and "--no-index" not in one] == []
    last = joined.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "pip install" not in last
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", joined, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists(), name
    kept = re.search(r"awk '([^']+)' locks/dev\.txt", joined)
    assert kept is not None
    lock = run("awk", kept[1], str(ROOT / "locks" / "dev.txt")).stdout
    pins = re.findall(r"^([a-z-]+)==", lock, re.MULTILINE)
    assert pins == ["editables", "hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers"]
    assert all("--hash=sha256:" in pin for pin in re.split(r"(?m)^(?=[a-z])", lock) if pin)


def every_figure() -> set[str]:
    found = Measures(
        at=NOW, reader="r", runs=[], last_runs=[], pages_waiting=0, articles_waiting=0, to_resolve=0,
        quarantined={}, to_review={}, exported=0, accesses=[], free_bytes=0, database_bytes=0, archive_bytes=0,
        sources=SourceMeasures(
            watched=0, due=0, overdue=0, never_crawled=0, held=0, failures={}, gaps=0, pending=0
        ),
        feeds=[FeedMeasures(feed="x", persons=0, written=None, stale=0, late=0)],
    )  # fmt: skip
    text = exposition(found, SchemaState.CURRENT, 0.1).decode()
    return set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))


def test_every_alert_asks_for_figures_that_there_are_and_says_what_to_do() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    [group] = rules["groups"]
    assert len(group["rules"]) > 10
    for rule in group["rules"]:
        asked = set(re.findall(r"\btipwatch_\w+", rule["expr"]))
        assert asked, rule
        assert asked <= every_figure(), rule
        assert rule["labels"]["severity"] in {"page", "look"}
        assert rule["annotations"].keys() == {"summary", "remedy"}
        assert rule["expr"].count("(") == rule["expr"].count(")")
        for command in re.findall(r"`tipwatch ([a-z]+)", rule["annotations"]["remedy"]):
            assert cli.get_command(click.Context(cli), command) is not None


def test_every_figure_is_described() -> None:
    page = (
        (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").partition("## Metrics")[2].partition("\n## ")[0]
    )
    described = {f"tipwatch_{name}" for line in page.splitlines() if line.startswith("| `")
                 for name in re.findall(r"`([a-z_]+)`", line.split("|")[1])}  # fmt: skip
    assert described == every_figure()
