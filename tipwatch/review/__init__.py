"""The review: a small web application in which people check, correct and decide what the machine read.

Refuses to decide: every change goes through the store, with the user's name and the time.
"""
