"""`tipwatch takedown` of an organisation, as an operator uses it with the id of a feed.

Refuses real names: every organisation here is invented.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.organisations import organisation_id
from tests.app.test_people_commands import asked, call, desk, stored

__all__ = ["desk"]

GUILD = "Testarossa Seafarers Guild"


def accusing(desk: Path) -> str:
    """A story accuses the guild; its id as takers of a feed know it."""
    stored(desk, organisations_accused=(GUILD,))
    ((country,),) = asked(desk, "SELECT country FROM country_fact WHERE role = 'prosecution'")
    return f"tw-{organisation_id(GUILD, str(country))}"


@pytest.mark.parametrize("prefix", ["tw-", ""])
def test_it_is_tried_made_listed_and_lifted(desk: Path, prefix: str) -> None:
    one = accusing(desk).removeprefix("tw-")
    given = f"{prefix}{one}"
    dry = call("takedown", given, "--reason", "letter 17", "--dry-run").stdout
    assert dry == f"Dry run: {one} would be taken down, 1 story; nothing was changed.\n"
    assert asked(desk, "SELECT count(*) FROM takedown") == [(0,)]

    told = call("takedown", given, "--reason", "letter 17").stdout
    assert f"Takedown 1: {one} is off every list, 1 story." in told
    (line,) = json.loads(call("takedown", "--list", "--format", "json").stdout)
    assert (line["person"], line["records"], line["reason"], line["lifted_at"]) == (one, 0, "letter 17", None)
    assert "taken down already" in call("takedown", given, "--reason", "again", code=4).stderr

    assert f"takedown 1 ({one}) would be lifted" in call("takedown", "--lift", "1", "--dry-run").stdout
    assert "1 story may list the organisation again" in call("takedown", "--lift", "1").stdout
    log = [json.loads(row) for row in call("audit", "--format", "jsonl").stdout.splitlines()]
    assert [row["action"] for row in log] == ["takedown", "lift"]
    assert log[0]["subject"] == f"organisation:{one}"
    assert "Testarossa" not in json.dumps(log)


def test_a_slip_is_a_sentence(desk: Path) -> None:
    one = accusing(desk)
    unknown = "tw-o-00000000000000000000"
    assert "There is no organisation" in call("takedown", unknown, "--reason", "letter 17", code=2).stderr
    refused = call("takedown", one, "--reason", "the guild asked", code=2).stderr
    assert "contains a part of the name" in refused
    assert "Testarossa" not in refused
    assert asked(desk, "SELECT count(*) FROM takedown") == [(0,)]
