"""Deliver a finished folder to those who take it: files first, manifest last, signed.

Refuses to read the database or to write a feed: a folder with a manifest of digests is all that it needs.
"""
