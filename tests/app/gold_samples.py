"""Small gold and predictions, as JSON lines and as records."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TEXT = (
    "Court charges three\n"
    "Arlo Quince, 41, and Bela Morrow were charged with sex trafficking in Rivertown on Monday.\n"
    "Judge Cora Dunmore remanded Quince. The victim, Dina Vale, testified; lawyer Evan Holt spoke for Morrow."
)


def person(name: str, role: str = "accused", **more: Any) -> dict[str, Any]:
    """A person of gold; an accused is charged with sex trafficking unless told otherwise."""
    if role != "accused":
        return {"name": name, "role": role, "aliases": [], **more}
    rest = {
        "status": "charged",
        "age": None,
        "nationality": None,
        "offences": ["sex_trafficking"],
        "charge_text": [],
    }
    return {"name": name, "role": role, "aliases": [], **rest, **more}


def gold(
    key: str, *persons: dict[str, Any], relevant: bool = True, countries: Iterable[str] = ("IN",)
) -> dict[str, Any]:
    """One line of gold."""
    where = {"prosecution": list(countries), "victim_origin": []}
    return {"id": key, "relevant": relevant, "why": "so", "persons": list(persons), "countries": where}


def article(key: str, **more: Any) -> dict[str, Any]:
    """One line of articles."""
    known = {"url": f"https://daily.example/{key}", "source": "Rivertown Daily", "country": "in", "language": "en"}
    return {"id": key, **known, "date": "2026-11-02", "title": "Court charges three", "text": TEXT, **more}


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """JSON lines in a file."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_set(
    folder: Path, name: str, articles: Iterable[Mapping[str, Any]], truth: Iterable[Mapping[str, Any]]
) -> Path:
    """A set; its stem."""
    write_lines(folder / f"{name}.articles.jsonl", articles)
    write_lines(folder / f"{name}.gold.jsonl", truth)
    return folder / name


def lines(path: Path) -> list[dict[str, Any]]:
    """JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


OFFENCES = ("sex_trafficking", "labour_trafficking", "sexual_offence", "other")


def disturbed(truth: Iterable[Mapping[str, Any]], seed: int) -> dict[str, dict[str, Any]]:
    """Predictions that are wrong in every way that a reader can be: a seeded disturbance of gold."""
    chance = random.Random(seed)
    said: dict[str, dict[str, Any]] = {}
    for row in truth:
        if chance.random() < 0.05:
            continue
        persons = []
        for one in row["persons"]:
            is_accused = one["role"] == "accused"
            if chance.random() < (0.15 if is_accused else 0.9):
                continue
            words = one["name"].split()
            name = one["name"]
            if chance.random() < 0.3:
                name = chance.choice(
                    [name.upper(), f"Mr {name}", words[-1], " ".join(words[:2]), f"{name} Jr", "".join(words)]
                )
            copy: dict[str, Any] = {"name": name, "aliases": one["aliases"] if chance.random() < 0.5 else []}
            copy["status"] = one.get("status", "charged") if chance.random() < 0.8 else "arrested"
            copy["age"] = one.get("age") if chance.random() < 0.8 else chance.choice([None, 33])
            copy["nationality"] = chance.choice([one.get("nationality"), None, "ng", "IN"])
            copy["offences"] = [o for o in one.get("offences", []) if chance.random() < 0.8]
            if chance.random() < 0.3:
                copy["offences"] = [*copy["offences"], chance.choice(OFFENCES)]
            if chance.random() < 0.2:
                copy["role"] = chance.choice(["accused", "victim"])
            persons.append(copy)
        chance.shuffle(persons)
        countries = [c for c in row["countries"]["prosecution"] if chance.random() < 0.9]
        if chance.random() < 0.2:
            countries = [*countries, "np"]
        said[row["id"]] = {
            "id": row["id"],
            "relevant": row["relevant"] if chance.random() < 0.9 else not row["relevant"],
            "persons": persons,
            "countries": {"prosecution": countries},
        }
    return said
