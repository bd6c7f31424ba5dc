"""The application: commands and jobs over the rooms below.

Refuses knowledge of its own: facts are extraction's, rows are storage's, YAML is config's.
"""
