"""The service: from the socket to the schema and back."""
