"""Scores readings against gold, pins floors under the figures, and shows every disagreement.

Refuses to know how a reading or its score came about: it compares what was said with what is.
"""
