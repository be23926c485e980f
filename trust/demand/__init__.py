"""Demand: what was asked for, what of it was met, what was not, and what would meet it."""
