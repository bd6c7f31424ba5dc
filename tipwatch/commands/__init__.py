"""The commands, one module each; what they do stands in `tipwatch.jobs`.

Refuses heavy imports at the top of a module: `tipwatch --help` answers in under 0.4 s.
"""
