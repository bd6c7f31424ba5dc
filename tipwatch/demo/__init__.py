"""The demo: an invented newsroom on loopback, watched by the real commands.

Refuses the network: it serves and fetches 127.0.0.1 alone, and everybody in its stories was invented.
"""
