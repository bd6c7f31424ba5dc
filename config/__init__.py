"""The only reader of YAML and environment; returns frozen, typed objects.

Refuses unknown keys, missing keys and guesses: every error names the file, the line, the key and the remedy.
"""
