"""The reader's spaCy components: layout, names, people, cues, roles, charges, countries, topic.

Refuses to know any word of any language: every list and pattern comes with the `ReadingLexicon`.
"""
