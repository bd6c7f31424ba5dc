"""Pure extraction: bytes -> article -> facts.

Refuses network, database, clock and randomness; reads no file but its own model's data, once.
"""
