"""Answering for a department: the share node, and five sample departments with synthetic figures.

Imports nothing of the gateway but the shared codes, as a department's own software would not.
"""
