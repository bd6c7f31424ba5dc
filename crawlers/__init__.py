"""Scrapy: discovery, fetching, politeness.

Refuses facts: a spider knows bytes, addresses and dates, never who did what.
"""
