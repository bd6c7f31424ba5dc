"""A report as the JSON object that the gold standard's scorer reads.

Refuses other persons: only the accused leave memory.
"""

from __future__ import annotations

from typing import Any

from extraction.model.facts import Accused, CaseReport, Charge
from extraction.model.terms import CountryRole
from extraction.penalty_parts import penalty_parts


def prediction(report: CaseReport) -> dict[str, Any]:
    """An object with id, relevant, persons, countries and organisations_accused; codes in capitals.

    `score` of a person is the report's own (see `Accused`); a scorer that does not know it passes it over.
    `doubtful` are persons in the same shape who wait for review.
    """

    def codes(role: CountryRole) -> list[str]:
        return sorted({c.country.upper() for c in report.countries if c.role is role})

    return {
        "id": report.article_id,
        "relevant": report.relevant,
        "persons": [person(a) for a in report.accused],
        "doubtful": [person(a) for a in report.doubtful],
        "countries": {
            "prosecution": codes(CountryRole.PROSECUTION),
            "victim_origin": codes(CountryRole.VICTIM_ORIGIN),
        },
        "organisations_accused": list(report.organisations_accused),
        "elements": [
            {"kind": e.kind.value, "value": e.value, "quote": e.evidence.quote, "start": e.evidence.start}
            for e in report.elements
        ],
        "courts": [c.name for c in report.courts],
        "victim_counts": [{"n": v.n, "sex": v.sex, "age_band": v.age_band} for v in report.victim_counts],
    }


def person(a: Accused) -> dict[str, Any]:
    """One accused."""
    return {
        "name": a.name,
        "aliases": list(a.aliases),
        "role": "accused",
        "status": a.stage.value,
        "age": a.age,
        "nationality": a.nationality.upper() if a.nationality else None,
        "offences": sorted(o.value for o in a.offences),
        "charge_text": [c.text for c in a.charges],
        "statutes": list(dict.fromkeys(s for c in a.charges for s in cited(c))),
        "charges": [charge(c) for c in a.charges],
        "stage_date": a.stage_date,
        "penalties": [p.text for p in a.penalties],
        "penalty_parts": [
            {
                "months": p.months,
                "life": p.life,
                "suspended": p.suspended,
                "fine": p.fine,
                **penalty_parts(p),
            }
            for p in a.penalties
        ],
        "score": round(a.score, 4),
    }


def cited(charge: Charge) -> list[str]:
    """The laws of a charge as the text cites them."""
    if charge.laws:
        return [law.quote for law in charge.laws]
    words = " ".join(part for part in (charge.section, charge.statute) if part)
    return [words] if words else []


def charge(found: Charge) -> dict[str, Any]:
    """One charge with its national laws and its international classes side by side."""
    return {
        "text": found.text,
        "offences": sorted(o.value for o in found.offences),
        "iccs": list(found.iccs),
        "palermo_purposes": [p.value for p in found.purposes],
        "laws": [
            {
                "statute": law.statute,
                "title": law.title,
                "country": law.country.upper(),
                "section": law.section,
                "heading": law.heading,
                "offences": sorted(o.value for o in law.offences),
                "palermo_acts": [a.value for a in law.acts],
                "palermo_means": [m.value for m in law.means],
                "palermo_purposes": [p.value for p in law.purposes],
                "iccs": law.iccs,
            }
            for law in found.laws
        ],
    }
