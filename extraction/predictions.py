"""A report as the JSON object that the gold standard's scorer reads.

Refuses other persons: only the accused leave memory.
"""

from __future__ import annotations

from typing import Any

from extraction.model.facts import CaseReport
from extraction.model.terms import CountryRole


def prediction(report: CaseReport) -> dict[str, Any]:
    """An object with id, relevant, persons, countries and organisations_accused; codes in capitals.

    `score` of a person is the report's own (see `Accused`); a scorer that does not know it passes it over.
    """

    def codes(role: CountryRole) -> list[str]:
        return sorted({c.country.upper() for c in report.countries if c.role is role})

    return {
        "id": report.article_id,
        "relevant": report.relevant,
        "persons": [
            {
                "name": a.name,
                "aliases": list(a.aliases),
                "role": "accused",
                "status": a.stage.value,
                "age": a.age,
                "nationality": a.nationality.upper() if a.nationality else None,
                "offences": sorted(o.value for o in a.offences),
                "charge_text": [c.text for c in a.charges],
                "statutes": [
                    " ".join(part for part in (c.section, c.statute) if part)
                    for c in a.charges
                    if c.section or c.statute
                ],
                "stage_date": a.stage_date,
                "penalties": [p.text for p in a.penalties],
                "score": round(a.score, 4),
            }
            for a in report.accused
        ],
        "countries": {
            "prosecution": codes(CountryRole.PROSECUTION),
            "victim_origin": codes(CountryRole.VICTIM_ORIGIN),
        },
        "organisations_accused": list(report.organisations_accused),
    }
