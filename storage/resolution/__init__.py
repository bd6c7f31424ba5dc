"""Tells which mentions are one person, which texts one report, which stories one case."""
