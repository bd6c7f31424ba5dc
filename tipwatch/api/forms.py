"""What goes in and out, for the specification: parameters are held to it, answers are written to it.

Refuses parameters that an address does not have: a misspelt filter must not mean no filter.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from tipwatch.feed.index import PUBLISHER
from tipwatch.feed.search import LONGEST, MOST_HITS, THRESHOLD, SearchSchema

VERSION = r"^[0-9]{14}$"


def _plain(name: str) -> str:
    """Text that a name can be: no control characters, halves of characters or nothing but space."""
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Cn", "Co"} for sign in name):
        raise ValueError("has signs that no name has")
    if not name.strip():
        raise ValueError("is empty")
    return name


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class Parameters(BaseModel):
    """Of an address that takes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EntityParameters(Parameters):
    """Of one entity."""

    nested: bool = Field(False, description="Entities in the place of ids: cases, parties, articles, proofs.")


class SearchParameters(Parameters):
    """Of a search."""

    q: Annotated[str, AfterValidator(_plain)] = Field(
        min_length=1, max_length=LONGEST, description="The name to screen, in any script and order."
    )
    schema_: SearchSchema = Field(
        SearchSchema.PERSON,
        alias="schema",
        description="What is sought. As Person, which it is where nothing is said, no organisation is found;"
        " LegalEntity means either, and leaves the date of birth aside.",
    )
    birth_date: str | None = Field(
        None, pattern=r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$",
        description="Year, month or day of birth: another year than ours lowers the score.",
    )  # fmt: skip
    nationality: Annotated[str | None, BeforeValidator(_lower)] = Field(
        None, pattern=r"^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2."
    )
    limit: int = Field(10, ge=1, le=MOST_HITS, description="So many hits at most.")
    threshold: float = Field(
        THRESHOLD, ge=0, le=1, allow_inf_nan=False, description="Score from which on a hit is a match."
    )


class DeltaParameters(Parameters):
    """Of the changes."""

    since: str = Field(pattern=VERSION, description="The version that you have: `version` of the index.")


class Answer(BaseModel):
    """Anything we answer may get more rows in a later version."""

    model_config = ConfigDict(extra="allow")


class EntityAnswer(Answer):
    """An entity of FollowTheMoney. When nested, values of properties may be entities."""

    id: str
    caption: str
    schema_: str = Field(alias="schema")
    properties: dict[str, list[Any]]
    referents: list[str]
    datasets: list[str]
    first_seen: str
    last_seen: str
    last_change: str
    target: bool


class HitAnswer(EntityAnswer):
    """An entity with how well it fits: `score` in [0, 1]."""

    score: float
    match: bool
    features: dict[str, Any]


class SearchAnswer(Answer):
    """Hits, the best first; also some that are no match, from a score of 0.5 on.

    `algorithm` is nomenklatura's name of how they were scored.
    """

    version: str
    algorithm: str
    limit: int
    threshold: float
    results: list[HitAnswer]


class IndexAnswer(Answer):
    """`index.json`, and whether somebody was withdrawn since."""

    name: str
    version: str
    updated_at: str
    resources: list[dict[str, Any]]
    stale_withdrawals: int = Field(ge=0, description="Persons of the files who may not be named any more.")


class CoverageAnswer(Answer):
    """How well we looked in a country: a record of `coverage.json`."""

    country: str


class HealthAnswer(BaseModel):
    """Whether the server answers, and how old what it says is."""

    status: Literal["ok"]
    version: str
    age_seconds: int


class ParameterProblem(BaseModel):
    """What is wrong with a parameter; its value is not repeated."""

    parameter: str
    problem: str


class ProblemAnswer(Answer):
    """A problem document, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    errors: list[ParameterProblem] | None = None


CONTACT = {"name": PUBLISHER["name"], "url": PUBLISHER["url"]}
