"""Persons and organisations of the feed as entities of FollowTheMoney: what they are, their cases, and the proof.

Refuses a crime for the accused, the body of a story, and any word on victims; their number too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from babel import Locale

from extraction.model import Offence
from storage.records.feed import FeedCase, FeedOrganisation, FeedPerson, FeedRecord, FeedStage, FeedStory
from tipwatch.feed.dataset import (
    ACCUSED_TOPICS,
    NAMES,
    PROGRAMS,
    guilty_offences,
    key,
    moment,
    person_key,
    programs,
    topics,
)
from tipwatch.feed.lines import Entity
from tipwatch.feed.ontology import Ontology

CLOSE_YEARS = 1
"""An age in the press leaves two possible years of birth; both are given, so that a namesake of another year is
told apart and the person is not lost. A wider range is told in `notes` only."""

SHORTENED = "Of the address only the site is given: the rest may hold a name that is not published."

UNFOLLOWED = (
    "Accused in a story; no conviction of an organisation is known to this feed,"
    " and none is followed: it may have been cleared since."
)

Values = Mapping[str, Iterable[str | None]]
Seen = tuple[str, str, str]
"""First sight, last sight and last change."""


class Entities:
    """Makes the entities of one feed. What the library refuses is left out and counted in `ontology.refused`."""

    def __init__(self, ontology: Ontology, stage: FeedStage) -> None:
        self._ontology = ontology
        self._dataset = NAMES[stage]
        self._countries = Locale("en").territories

    def of_person(self, person: FeedPerson) -> Iterator[Entity]:
        """The person first, then cases, parts in them, stories, proofs. Cases and stories come with others too."""
        own = person_key(person.id)
        guilty = frozenset().union(*(guilty_offences(person, case) for case in person.cases))
        found = topics(guilty) if person.perpetrator else ACCUSED_TOPICS
        listed = programs(person.perpetrator, person.reviewed)
        seen = _seen(person.records)
        values: Values = {
            "name": [person.name],
            "alias": [one for one in person.aliases if " " in one.strip()],
            "weakAlias": [one for one in person.aliases if " " not in one.strip()],
            "birthDate": _birth_years(person),
            "nationality": [person.nationality],
            "country": person.countries,
            "topics": found,
            "programId": listed,
            "program": [PROGRAMS[one] for one in listed],
            "notes": _notes(person),
            "sourceUrl": [record.url for record in person.records],
            "modifiedAt": [seen[2]],
        }
        made = self._entity(own, "Person", person.name, values, seen, target=True)
        made["referents"] = sorted(person_key(former) for former in person.former_ids)
        made["first_seen"], made["last_seen"] = moment(person.first_seen), moment(person.last_seen)
        yield made
        for case in person.cases:
            records = [record for record in person.records if record.case_id == case.id] or person.records
            seen = _seen(records)
            yield self._case(case, seen)
            yield self._party(own, person, case, records, seen)
        yield from self._proofs(own, person.records)

    def of_organisation(self, organisation: FeedOrganisation) -> Iterator[Entity]:
        """An organisation that stories accuse; no court's finding on it is known, so it is never more."""
        own = person_key(organisation.id)
        listed = programs(perpetrator=False, reviewed=False)
        values: Values = {
            "name": [organisation.name],
            "country": organisation.countries,
            "topics": ACCUSED_TOPICS,
            "programId": listed,
            "program": [PROGRAMS[one] for one in listed],
            "notes": [UNFOLLOWED],
            "sourceUrl": [record.url for record in organisation.records],
        }
        seen = _seen(organisation.records)
        yield self._entity(own, "Organization", organisation.name, values, seen, target=True)
        for story in organisation.records:
            proof = key("proof-", organisation.id, story.article_id)
            yield from self._proof(proof, own, story, "reports: accused", "Not reviewed.")

    def _case(self, case: FeedCase, seen: Seen) -> Entity:
        """What is the same for every party: their stages and charges stand in their parts."""
        country = "unknown country" if case.country is None else self._country(case.country)
        name = f"Trafficking case {case.id}, {country}"
        told = [
            f"{which} reported {day}"
            for which, day in (("first", case.first_date), ("last", case.last_date))
            if day
        ]
        values: Values = {
            "name": [name],
            "category": ["criminal"],
            "type": ["trafficking in persons or a related offence"],
            "court": case.courts,
            "country": [case.country],
            "notes": [f"Case as joined from the press: {', '.join(told)}."] if told else [],
        }
        return self._entity(key("", case.id), "CourtCase", name, values, seen)

    def _party(
        self, own: str, person: FeedPerson, case: FeedCase, records: Sequence[FeedRecord], seen: Seen
    ) -> Entity:
        guilty = case.stage.is_perpetrator
        values: Values = {
            "party": [own],
            "case": [key("", case.id)],
            "role": ["convicted" if guilty else "accused"],
            "status": [case.stage.value.replace("_", " ")],
            "date": [case.stage_date],
            "summary": [_charges(case, guilty_offences(person, case) or case.offences)],
            "sourceUrl": [record.url for record in records],
            "publisher": [_publisher(record) for record in records],
        }
        return self._entity(key("party-", person.id, case.id), "CourtCaseParty", "Party", values, seen)

    def _proofs(self, own: str, records: Sequence[FeedRecord]) -> Iterator[Entity]:
        for record in records:
            role = f"reports: {record.stage.value.replace('_', ' ')}"
            yield from self._proof(key("proof-", record.mention_id), own, record, role, _reading(record))

    def _proof(self, proof: str, own: str, story: FeedStory, role: str, summary: str) -> Iterator[Entity]:
        """The story and the link to whom it names.

        No body, and no `contentHash`: that is SHA-1 by definition, ours is SHA-256 and stands with the evidence.
        """
        article = key("a-", story.article_id)
        publisher, seen = _publisher(story), _seen([story])
        values: Values = {
            "title": [story.title],
            "publishedAt": [story.published],
            "language": [story.language],
            "country": [story.source_country],
            "publisher": [publisher],
            "sourceUrl": [story.url, *story.other_urls],
            "retrievedAt": [seen[0]],
        }
        yield self._entity(article, "Article", story.title or "Article", values, seen)
        values = {
            "document": [article],
            "entity": [own],
            "role": [role],
            "date": [story.published],
            "summary": [f"{summary} {SHORTENED}" if story.address_shortened else summary],
            "sourceUrl": [story.url],
            "publisher": [publisher],
            "retrievedAt": [seen[0]],
        }
        yield self._entity(proof, "Documentation", "Documentation", values, seen)

    def _entity(
        self, own: str, schema: str, caption: str, values: Values, seen: Seen, *, target: bool = False
    ) -> Entity:
        first, last, changed = seen
        return {
            "id": own,
            "caption": caption,
            "schema": schema,
            "properties": self._ontology.clean(schema, values),
            "referents": [],
            "datasets": [self._dataset],
            "first_seen": first,
            "last_seen": last,
            "last_change": changed,
            "target": target,
        }

    def _country(self, code: str) -> str:
        name: str = self._countries.get(code.upper(), code)
        return name


def _birth_years(person: FeedPerson) -> list[str]:
    if person.birth_years is None:
        return []
    first, last = person.birth_years
    return [str(year) for year in range(first, last + 1)] if last - first <= CLOSE_YEARS else []


def _notes(person: FeedPerson) -> list[str]:
    """Sentences that a compliance officer must have read before acting."""
    found = []
    if not person.perpetrator:
        found.append("Accused, not convicted: presumed innocent. The furthest stage that stands is "
                     f"{person.stage.value.replace('_', ' ')!r}.")  # fmt: skip
    elif any(not case.stage.is_perpetrator for case in person.cases):
        found.append("Convicted in one case and accused in another, in which the presumption of innocence holds.")
    if not person.reviewed:
        best = max((record.score for record in person.records), default=0.0)
        found.append(f"Not reviewed: read by a machine (score {best:.2f}); compare with the story before you act.")
    if person.birth_years is not None:
        first, last = person.birth_years
        years = f"{first}" if first == last else f"{first} to {last}"
        found.append(f"Year of birth computed from ages in the press: {years}.")
    found.append("From press reports: a name is not an identity.")
    return found


def _charges(case: FeedCase, offences: Iterable[Offence]) -> str | None:
    charges = "; ".join(case.charges)
    kinds = ", ".join(sorted(offence.value for offence in offences))
    parts = [f"Charges as reported: {charges}." if charges else "", f"Categories: {kinds}." if kinds else ""]
    return " ".join(part for part in parts if part) or None


def _reading(record: FeedRecord) -> str:
    who = f"{record.reviewed} by a human" if record.reviewed else "not reviewed"
    return f"Read by {record.extractor_version} with score {record.score:.2f}, {who}."


def _publisher(story: FeedStory) -> str | None:
    return story.source_title or story.publisher


def _seen(stories: Sequence[FeedStory]) -> Seen:
    if len(stories) == 1:  # most
        at = moment(stories[0].retrieved)
        return at, at, _changed(stories[0])
    times = [story.retrieved for story in stories]
    return moment(min(times)), moment(max(times)), max(map(_changed, stories))


def _changed(story: FeedStory) -> str:
    """When the newest thing that we know of it came in: the page, or a human's word."""
    reviewed = story.reviewed_at if isinstance(story, FeedRecord) else None
    return moment(story.retrieved if reviewed is None else max(story.retrieved, reviewed))
