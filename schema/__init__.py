"""The model: what exists and who owns it."""
