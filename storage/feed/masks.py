"""Masks what a record of the feed shows: everybody's name but the person's own.

Refuses a co-accused too: who was taken down, acquitted or told to be somebody else stands in others' quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from storage.forgotten import Forgotten
from storage.masking import address_words, hider, holds_joined, joined_names
from storage.records.people import RejectReason
from storage.resolution.names import fold

Mask = Callable[[str], str]


@dataclass(kw_only=True, slots=True)
class Named:
    """Who a story names as accused: names by mention, names that a human took away, and who was forgotten."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    struck: dict[str, tuple[str, ...]] = field(default_factory=dict)
    forgotten: dict[str, RejectReason | None] = field(default_factory=dict)
    made: dict[str, Mask] = field(default_factory=dict)
    joined: dict[str, frozenset[str]] = field(default_factory=dict)
    all_joined: frozenset[str] | None = None

    def mask_for(self, mention_id: str) -> Mask:
        """A function that leaves of all these names only those of this mention ("": of none)."""
        known = self.made.get(mention_id)
        if known is None:
            known = self.made[mention_id] = self._mask_for(mention_id)
        return known

    def is_named_in(self, url: str, mention_id: str) -> bool:
        """True when an address names anybody of these but this mention: slugs are made of headlines."""
        mask = self.mask_for(mention_id)
        if mask is unchanged:
            return False
        words = address_words(url)
        if mask(words) != words:
            return True
        return holds_joined(words, self._joined()) and holds_joined(words, self._apart(mention_id))

    def _joined(self) -> frozenset[str]:
        """Every name of the story, written together: most addresses have none, and nobody's need be told apart."""
        if self.all_joined is None:
            forms = (*self.names.values(), *self.struck.values())
            self.all_joined = joined_names([form for several in forms for form in several])
        return self.all_joined

    def _apart(self, mention_id: str) -> frozenset[str]:
        """Names of the others, written together, that are no part of this mention's."""
        known = self.joined.get(mention_id)
        if known is None:
            own = joined_names(self.names.get(mention_id, ()))
            others = joined_names([*self._others(mention_id), *_foreign(self.struck, self.names)])
            known = frozenset(name for name in others if not any(name in mine for mine in own))
            self.joined[mention_id] = known
        return known

    def _others(self, mention_id: str) -> list[str]:
        return [name for one, names in self.names.items() if one != mention_id for name in names]

    def _mask_for(self, mention_id: str) -> Mask:
        if self.names.keys() == {mention_id} and not self.struck and not self.forgotten:
            return unchanged  # most stories
        own = self.names.get(mention_id, ())
        hide = hider([*self._others(mention_id), *_foreign(self.struck, self.names)], own)
        if not self.forgotten:
            return hide
        forget = Forgotten(reasons=self.forgotten).masker(own)
        return lambda text: forget(hide(text))


def unchanged(text: str) -> str:
    """The text."""
    return text


def _foreign(struck: Mapping[str, Iterable[str]], names: Mapping[str, Iterable[str]]) -> list[str]:
    """Of the names that a human corrected away, those of somebody else: no word in common with what stands."""
    found = []
    for mention_id, forms in struck.items():
        stands = {word for name in names.get(mention_id, ()) for word in fold(name).split()}
        found += [form for form in forms if stands.isdisjoint(fold(form).split())]
    return found
