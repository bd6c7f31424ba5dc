"""What the commands do, as functions over explicit batches, each idempotent and killable at any time.

Refuses the terminal: a job returns what it did, or reports through a callback; commands print.
"""
