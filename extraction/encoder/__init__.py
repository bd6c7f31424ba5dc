"""The trained reader: a small transformer over a text in which every name is masked.

Refuses to see a name: persons are numbered slots, so that nothing can be learnt about a person or a people.
"""
