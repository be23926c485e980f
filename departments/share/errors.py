"""What stops a share node from starting."""

from reference.strict_file import FileError


class ConfigError(FileError):
    """A mapping file that cannot be used: says which key and what is allowed."""


class NotTrusted(Exception):
    """A request without a valid assertion of the Trust: 401."""


class Declined(Exception):
    """A request that the department declines to answer, whatever the Trust says: 403."""
