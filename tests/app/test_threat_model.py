"""The threat model and the security policy: every test that they lean on is there, and every attacker is answered.

Refuses to run those tests again: each has its own place.
"""

from __future__ import annotations

import re

import pytest

from tests.app.outlet import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))
ATTACKERS = ["trafficker", "rival", "intern", "hostile page", "laptop", "supplier"]


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[f"{file}::{name}" for file, name in NAMED])
def test_what_it_leans_on_is_there(file: str, name: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:async )?def {name or 'test_'}", text, re.MULTILINE)


def test_every_row_has_its_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| tries")]
    assert len(rows) > 30
    assert [row for row in rows if not re.search(r"\| `tests/[\w/]+\.py(?:::\w+)?` \|$", row)] == []


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_is_told_what_does_not_stop_him(attacker: str) -> None:
    sections = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
    [section] = [text for title, text in sections.items() if attacker in title.casefold()]
    assert "**What does not stop it.**" in section


def test_the_policy_says_how_to_report_and_links_exist() -> None:
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "## Reporting" in policy
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", policy):
        assert (ROOT / target).exists(), target
