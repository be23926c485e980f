"""What stops the Trust from starting with these policies."""

from reference.strict_file import FileError


class PolicyError(FileError):
    """A policy, agreement, profile or gateway that cannot be used: names the file, the key and what is allowed."""
