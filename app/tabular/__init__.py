"""A GraphQL answer as tables. docs/command-line.md states the rule; explorer/src/result/ follows the same one."""
