"""Attacks on hidden figures, through the front door of any gateway, by those who may ask it."""
