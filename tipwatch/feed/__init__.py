"""The feed for due diligence: the persons of the list as files that screening systems load.

Refuses SQL and prose of its own: persons come from `storage.feed`, words of the standards from `followthemoney`.
"""
