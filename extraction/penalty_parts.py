"""The parts of a penalty as plain values, for rows and predictions.

Refuses empty parts: what was not said has no key.
"""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum

from extraction.model.facts import Money, Penalty

COLUMNS = frozenset({"text", "evidence", "months", "life", "suspended", "fine"})
"""Fields of a penalty that have a column; the rest goes into `parts`."""


def penalty_parts(penalty: Penalty) -> dict[str, str | int | float | bool]:
    """What else was read of a penalty: `{"fine_amount": 500.0, "fine_currency": "INR", "regime": "rigorous"}`."""
    found: dict[str, str | int | float | bool] = {}
    for part in fields(penalty):
        value = getattr(penalty, part.name)
        if part.name in COLUMNS or value is None or value is False:
            continue
        if isinstance(value, Money):
            name = part.name.removesuffix("_money")
            found[f"{name}_amount"] = value.amount
            if value.currency is not None:
                found[f"{name}_currency"] = value.currency
        else:
            found[part.name] = value.value if isinstance(value, StrEnum) else value
    return dict(sorted(found.items()))
