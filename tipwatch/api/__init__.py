"""The HTTP API over a feed: what a due-diligence client asks for, one entity, name or file at a time.

Refuses to write anything but who asked for what, and to serve a name that was withdrawn since.
"""
