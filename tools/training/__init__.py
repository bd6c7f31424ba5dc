"""Trains the English reader from stories that we wrote: `make train`, or one step of project.yml.

Refuses the sets that are only scored, and anything outside this repository.
"""
