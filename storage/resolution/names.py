"""Names of persons, for whoever resolves, searches or holds back: folded, in words, as digests, and how common.

Refuses to show how it is done: see `spelling` (words), `rarity` (counts) and `likeness` (two names side by side).
"""

from storage.resolution.rarity import NameCounts
from storage.resolution.spelling import digest, fold, tokens

__all__ = ["NameCounts", "digest", "fold", "tokens"]
