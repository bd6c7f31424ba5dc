"""Benchmarks: every figure stands beside a named peer that ran in the same process on the same data.

Refuses to fail anything: timing is printed, never asserted.
"""
