"""The house itself: what the README and Makefile promise is there, and nothing leans on the founders' machines.

Refuses to look at behaviour; each room's own tests do that.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_GOLD = ROOT.parent / "shared" / "gold"


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "fmt", "eval", "bench"])
def test_plain_make_lists_the_target_with_its_purpose(target: str) -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^\s+make {target}\s+\S", shown, re.MULTILINE), shown


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_every_pinned_distribution_carries_a_hash(lock: str) -> None:
    text = (ROOT / "locks" / lock).read_text(encoding="utf-8")
    pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(pins) > 50
    assert [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_every_declared_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        re.match(r"[A-Za-z0-9_.\-]+", line)[0].lower().replace("_", "-") for line in project["dependencies"]
    }
    pinned = set(
        re.findall(
            r"^([a-z0-9][\w.\-]*)==", (ROOT / "locks" / "run.txt").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    assert declared - pinned == set()


def test_ci_calls_the_readme_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in readme
    assert re.search(r"^(?:if ! )?make test\b", ci, re.MULTILINE)


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_and_docs_link_only_to_files_that_exist() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_GOLD.is_dir(), reason="../shared is absent: only the founders' machines have it")
def test_no_real_person_of_the_development_gold_stands_in_the_repository() -> None:
    names = {
        person["name"]
        for line in (SHARED_GOLD / "dev_us.gold.jsonl").read_text(encoding="utf-8").splitlines()
        for person in json.loads(line)["persons"]
        if person["role"] in {"accused", "victim"} and len(person["name"].split()) > 1
    }
    names |= {
        json.loads(line)["defendant"]
        for line in (SHARED_GOLD / "chains.jsonl").read_text(encoding="utf-8").splitlines()
    }
    wanted = [argument for name in sorted(names) for argument in ("-e", name)]
    found = subprocess.run(
        ["git", "grep", "-I", "-i", "-l", "-F", *wanted], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.stdout.split() == []
