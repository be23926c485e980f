"""The route: how a field gets its value from its owner."""
