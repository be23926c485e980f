"""What stops a share node from starting."""

from reference.strict_file import FileError


class ConfigError(FileError):
    """A mapping file that cannot be used: says which key and what is allowed."""
