"""The report: one page that sets every number beside how well we looked.

Refuses a chart without its caveat and its data.
"""
