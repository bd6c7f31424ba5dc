"""Feeds, sitemaps and listings read as bytes: pure functions, no network.

Refuses markup that declares entities: none of our formats needs them, and every XML bomb does.
"""
