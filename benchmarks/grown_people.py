"""Who is who in a database that has grown: mentions, a human's words, persons, cases, edges, takedowns, the log.

Refuses to resolve: persons are those of the made-up crowd, joined as a perfect resolution would leave them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from benchmarks.grown_stories import FIRST_COPY, Row, Story, offence_rows, proofs
from extraction.model import Stage
from extraction.version import EXTRACTOR_VERSION
from storage.audit import START, _digest
from storage.forgotten import digests
from storage.records.people import MACHINE, JudgementVerdict, RejectReason, Verdict
from storage.resolution import timeline
from storage.resolution.blocking import keys
from storage.resolution.comparison import RESOLVER_VERSION
from storage.resolution.mention import Mention
from storage.resolution.names import NameCounts, fold, tokens
from storage.urgency import urgency

SHARES = ((Verdict.ACCEPTED, 0.05), (Verdict.CORRECTED, 0.01), (Verdict.REJECTED, 0.01))
"""Of the records a human decided on."""
FORGOTTEN = 0.0007
"""Of the records the name had to go: a victim, a witness, a minor."""
REOPENED, LOST, ALIKE, DOUBTFUL, CLEARED, TAKEN_DOWN = 0.001, 0.0002, 0.0003, 0.003, 0.01, 0.0002
UNSURE, SAID = 0.08, 0.003
"""Edges a person: of the machine's doubt, and of a human's word."""
PIECE = 500  # persons whose rows are given at once
REVIEWER = "mira"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """A mention as the tables have it."""

    id: str
    mention: Mention
    article_id: str
    name: str | None
    verdict: Verdict | None
    first_seen: dt.datetime
    stands: bool


class PeopleRows:
    """Makes rows of mentions by story, then of whoever they are. `of_person` has the mentions by person."""

    def __init__(self, random: Random, truth: Mapping[str, int], now: dt.datetime, copies: int = 1) -> None:
        """Takedowns and the log are not copied: there are as many as of `copies` times so many persons."""
        self._random, self._copies = random, copies
        self._truth = truth
        self._now = now
        self._decided: list[tuple[dt.datetime, str, str]] = []
        self.of_person: dict[str, list[_Told]] = {}
        self._by_truth: dict[int, list[_Told]] = defaultdict(list)
        self._takedowns: list[Row] = []

    def told(self, story: Story) -> Iterator[Row]:
        """Facts and mentions of one story."""
        for n, one in enumerate(story.mentions):
            score = round(0.5 + 0.49 * self._random.random() ** 0.6, 4)
            told, row = self._mention(story, n, one, score)
            self._by_truth[self._truth[one.id]].append(told)
            if not told.stands:
                yield "mention", row
                continue
            name, here = told.name or one.name, {"article_id": story.id, "n": n}
            held_back = self._random.random() < ALIKE and told.verdict is None
            yield "accused", {
                **here, "name": name, "aliases": [], "stage": one.stage, "stage_date": None, "age": one.age,
                "nationality": None, "score": score, "mention_id": told.id,
                "withheld": "rejected" if told.verdict is Verdict.REJECTED
                else "look_alike" if held_back else None,
            }  # fmt: skip
            yield "mention", row
            yield from offence_rows(story.id, n, one.offences)
            (begin, end, last), (_, whole) = story.spans[n], story.quotes[n]
            found = [("name", begin, end, name), *((fact, begin, last, whole) for fact in ("role", "stage"))]
            found.append(("charge/0", begin, last, whole))
            if one.stage is Stage.SENTENCED:
                yield "penalty", {
                    **here, "k": 0, "text": "eight years", "months": 96, "life": False, "suspended": False,
                    "fine": None, "parts": {},
                }  # fmt: skip
                found.append(("penalty/0", begin, last, whole))
            yield from proofs(
                story.id, [(f"accused/{n}/{fact}", a, b, quote, "stage.told@1") for fact, a, b, quote in found]
            )

    def _mention(self, story: Story, n: int, one: Mention, score: float) -> tuple[_Told, dict[str, Any]]:
        key = hashlib.sha256(f"{story.id}/{n}".encode()).hexdigest()[:17] + FIRST_COPY
        drawn = self._random.random()
        verdict, is_gone = self._verdict(drawn)
        lost = verdict is Verdict.ACCEPTED and self._random.random() < LOST * 20
        machine: dict[str, Any] = {
            "name": one.name, "aliases": [], "stage": one.stage.value, "stage_date": None, "age": one.age,
            "nationality": None, "offences": sorted(one.offences),
        }  # fmt: skip
        decided = verdict is not None
        at = min(story.first_seen + dt.timedelta(days=9), self._now) if decided else None
        name = None if is_gone else one.name
        row = {
            "id": key, "article_id": story.id, "n": None if lost or is_gone else n, "name": name,
            "digests": digests((one.name,), parts=is_gone), "machine": {} if is_gone else machine, "score": score,
            "extractor_version": EXTRACTOR_VERSION, "first_seen": story.first_seen, "verdict": verdict,
            "reject_reason": (RejectReason.VICTIM if is_gone else RejectReason.LAWYER)
            if verdict is Verdict.REJECTED else None,
            "human": {"age": 40} if verdict is Verdict.CORRECTED else None,
            "reviewed_original": machine if decided and not is_gone else None,
            "reviewed_by": REVIEWER if decided else None, "reviewed_at": at,
            "reopened": verdict is Verdict.ACCEPTED and drawn < REOPENED,
            "urgency": 0.0 if decided else urgency(score, one.stage),
            "person_id": self._person_of(one, key) if not is_gone and verdict is not Verdict.REJECTED else None,
            "unresolved": False,
            "traces": {"spans": [list(story.spans[n][:2])], "beside": [], "records": []} if decided else {},
        }  # fmt: skip
        if at is not None:
            self._decided.append(
                (at, key, {"accepted": "accept", "corrected": "correct"}.get(str(verdict), "reject"))
            )
        told = _Told(
            id=key, mention=one, article_id=story.id, name=name, verdict=verdict, first_seen=story.first_seen,
            stands=not is_gone and not lost,
        )  # fmt: skip
        if row["person_id"] is not None:
            self.of_person.setdefault(str(row["person_id"]), []).append(told)
        return told, row

    def _verdict(self, drawn: float) -> tuple[Verdict | None, bool]:
        for verdict, share in SHARES:
            if drawn < share:
                return verdict, False
            drawn -= share
        return (Verdict.REJECTED, True) if drawn < FORGOTTEN else (None, False)

    def _person_of(self, one: Mention, key: str) -> str:
        earlier = next(
            (other for other in self._by_truth[self._truth[one.id]] if other.verdict is not Verdict.REJECTED), None
        )
        return f"p-{key if earlier is None else earlier.id}"

    def resolved(self) -> Iterator[list[Row]]:
        """Persons, their names and cases, keys, edges, takedowns and the log."""
        everybody = [replace(one.mention, id=one.id) for several in self.of_person.values() for one in several]
        counts = NameCounts.of(everybody)
        yield [("name_count", {"token": token[:64], "n": n}) for token, n in _tokens(everybody).items()]
        some: list[Row] = []
        for k, (person_id, several) in enumerate(self.of_person.items()):
            some += self._person(person_id, several)
            for one in several:
                some += [
                    ("mention_key", {"key": key, "mention_id": one.id})
                    for key in sorted(keys(one.mention, counts))
                ]
            if k % PIECE == 0:
                yield some
                some = []
        yield some
        yield self._edges()

    def not_copied(self) -> Iterator[list[Row]]:
        """Takedowns and the log, which tell of ids."""
        yield self._takedowns
        yield self._log()

    def _person(self, person_id: str, several: Sequence[_Told]) -> Iterator[Row]:
        stage = max((one.mention.stage for one in several), key=timeline.RANK.__getitem__)
        days = sorted(str(one.mention.date) for one in several)
        seen = [one.first_seen for one in several]
        countries = sorted({code for one in several for code in one.mention.countries})
        names = sorted({one.mention.name for one in several})
        down = self._random.random() < TAKEN_DOWN * self._copies or not (self._takedowns or len(several) < 2)
        yield "person", {
            "id": person_id, "name": names[0], "aliases": names[1:], "nationality": None, "birth_year_min": None,
            "birth_year_max": None, "countries": countries, "stage": stage, "stage_date": None,
            "stories": len(several), "first_seen": min(seen), "last_seen": max(seen), "taken_down": False,
            "changed_at": max(seen) + dt.timedelta(hours=1),
        }  # fmt: skip
        for folded in sorted({fold(name) for name in names} - {""}):
            yield "person_name", {"person_id": person_id, "folded": folded}
        case_id = f"c-{person_id[2:]}"
        drawn = self._random.random()
        yield "court_case", {
            "id": case_id, "country": countries[0], "first_date": days[0], "last_date": days[-1], "stage": stage,
            "summary": {
                "courts": sorted({court for one in several for court in one.mention.courts}), "offences": [],
                "charges": ["trafficking in persons"], "victims": [],
            },
        }  # fmt: skip
        yield "party", {
            "case_id": case_id, "person_id": person_id, "stage": stage, "stage_date": None,
            "cleared": DOUBTFUL < drawn < CLEARED, "doubtful": drawn < DOUBTFUL,
        }  # fmt: skip
        for one in several:
            yield "case_mention", {"mention_id": one.id, "case_id": case_id}
        if down:
            self._takedowns.append(("takedown", {
                "person_id": person_id, "reason": "letter 17", "mention_ids": sorted(one.id for one in several),
                "joined_ids": [], "digests": digests(names), "countries": countries, "by": REVIEWER,
                "at": min(seen), "lifted_by": None, "lifted_at": None,
            }))  # fmt: skip

    def _edges(self) -> list[Row]:
        made: list[Row] = []
        by_country: dict[str, list[_Told]] = defaultdict(list)
        for several in self.of_person.values():
            by_country[min(several[0].mention.countries)].append(several[0])
            for one, other in pairwise(several):
                made.append(_edge(one, other, JudgementVerdict.SAME, 0.97, MACHINE, self._now))
        for heads in by_country.values():
            for one in heads:
                drawn = self._random.random()
                if drawn < UNSURE:
                    score = round(self._random.uniform(0.5, 0.9), 4)
                    other = self._random.choice(heads)
                    if other is not one:
                        made.append(_edge(one, other, JudgementVerdict.UNSURE, score, MACHINE, self._now))
                        if drawn < SAID:
                            made.append(_edge(one, other, JudgementVerdict.DIFFERENT, None, REVIEWER, self._now))
        return made

    def _log(self) -> list[Row]:
        made: list[Row] = []
        before = START
        for number, (at, key, action) in enumerate(sorted(self._decided * self._copies), 1):
            detail = {"fields": ["age"]} if action == "correct" else {}
            row: dict[str, Any] = {
                "id": number, "at": at, "by": REVIEWER, "action": action, "subject": f"mention:{key}",
                "detail": detail,
            }  # fmt: skip
            before = _digest(row, before)
            made.append(("audit", row | {"digest": before}))
        return made


def _edge(
    one: _Told, other: _Told, verdict: JudgementVerdict, score: float | None, by: str, at: dt.datetime
) -> Row:
    return "judgement", {
        "left": min(one.id, other.id), "right": max(one.id, other.id), "verdict": verdict, "score": score,
        "reasons": ["name equal +4.1", "age fits +2.7"], "by": by, "version": RESOLVER_VERSION, "at": at,
        "undone_by": None, "undone_at": None,
    }  # fmt: skip


def _tokens(mentions: Sequence[Mention]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for one in mentions:
        for token in set(tokens(one.name)):
            found[token[:64]] += 1
    return found
