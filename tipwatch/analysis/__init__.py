"""Statistics of coverage: pure functions over plain numbers.

Refuses databases, files, clocks and chance: what it is not given, it does not know.
"""
