"""Agreements as the Trust keeps them: their versions, their life, and how a worker learns of a change."""
