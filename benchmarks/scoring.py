"""Scores predictions against gold, compatible with the shared scorer: same matching of names, same figures.

Refuses partial credit: a person is found or not, a field is right or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "judge", "justice", "sir", "jr", "sr", "ii", "iii", "iv", "pastor", "capt"]
)
FIELDS = ("status", "age", "nationality")


def tokens(name: str) -> list[str]:
    """Folded words of a name, without titles."""
    flat = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return [t for t in re.findall(r"\w+", flat) if t not in TITLES]


def same_person(left: Sequence[str], right: Sequence[str]) -> bool:
    """Equal words, or one name within the other with two shared words."""
    for a in map(tokens, left):
        for b in map(tokens, right):
            if not a or not b:
                continue
            if a == b or "".join(a) == "".join(b):
                return True
            if (set(a) <= set(b) or set(b) <= set(a)) and len(set(a) & set(b)) >= 2:
                return True
    return False


def forms(person: Mapping[str, Any]) -> list[str]:
    """A person's name and aliases."""
    return [person["name"], *person.get("aliases", ())]


def prf(hits: int, wrong: int, missed: int) -> dict[str, float]:
    """Precision, recall and F1."""
    p = hits / (hits + wrong) if hits + wrong else 0.0
    r = hits / (hits + missed) if hits + missed else 0.0
    return {"p": p, "r": r, "f1": 2 * p * r / (p + r) if p + r else 0.0, "tp": hits, "fp": wrong, "fn": missed}


def score(gold: Sequence[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of one set; an article without a prediction counts as irrelevant."""
    n: Counter[str] = Counter()
    for article in gold:
        said = predicted.get(article["id"], {"relevant": False, "persons": [], "countries": {}})
        n[f"rel_{bool(said['relevant'])}_{bool(article['relevant'])}"] += 1
        accused = [p for p in article["persons"] if p["role"] == "accused"] if article["relevant"] else []
        if article["relevant"]:
            want = {c.upper() for c in article.get("countries", {}).get("prosecution", ())}
            got = {c.upper() for c in said.get("countries", {}).get("prosecution", ())}
            n["c_tp"] += len(want & got)
            n["c_fp"] += len(got - want)
            n["c_fn"] += len(want - got)
        _persons(n, accused, [p for p in article["persons"] if p not in accused], said.get("persons", ()))
    return {
        "articles": len(gold),
        "relevance": prf(n["rel_True_True"], n["rel_True_False"], n["rel_False_True"]),
        "accused": prf(n["tp"], n["fp"], n["fn"]),
        "victims_named_as_accused": n["fp_victim"],
        "officials_named_as_accused": n["fp_official"] + n["fp_lawyer"],
        **{f"{f}_accuracy": n[f"{f}_ok"] / n[f"{f}_n"] if n[f"{f}_n"] else 0.0 for f in FIELDS},
        "offences": prf(n["o_tp"], n["o_fp"], n["o_fn"]),
        "prosecution_country": prf(n["c_tp"], n["c_fp"], n["c_fn"]),
        "whole_record_exact": n["exact"] / (n["tp"] + n["fn"]) if n["tp"] + n["fn"] else 0.0,
    }


def _persons(
    n: Counter[str],
    accused: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
    said: Sequence[Mapping[str, Any]],
) -> None:
    left = list(accused)
    for person in said:
        if person.get("role", "accused") != "accused":
            continue
        hit = next((g for g in left if same_person(forms(person), forms(g))), None)
        if hit is None:
            n["fp"] += 1
            role = next((o["role"] for o in others if same_person(forms(person), forms(o))), "nobody")
            n[f"fp_{role}"] += 1
            continue
        left.remove(hit)
        n["tp"] += 1
        right = True
        for field in FIELDS:
            want, got = hit.get(field), person.get(field)
            if field == "nationality":
                want, got = (want or "").upper() or None, (got or "").upper() or None
            if field == "status" or want is not None or got is not None:
                n[f"{field}_n"] += 1
                n[f"{field}_ok"] += want == got
                right &= want == got
        want_set, got_set = set(hit.get("offences", ())), set(person.get("offences", ()))
        n["o_tp"] += len(want_set & got_set)
        n["o_fp"] += len(got_set - want_set)
        n["o_fn"] += len(want_set - got_set)
        n["exact"] += right and want_set == got_set
    n["fn"] += len(left)
