"""lmdt audit: which module carries out which subcommand. Each has a function of its own name."""

import importlib
from argparse import Namespace

MODULES = {
    "verify": "verify",
    "receipt": "receipt",
    "reconcile": "reconcile",
    "expire": "letting_go",
    "forget": "letting_go",
    "drill": "drill",
}


def audit(options: Namespace) -> int:
    """Carries out a subcommand."""
    module = importlib.import_module(f"app.commands.audit.{MODULES[options.what]}")
    return getattr(module, options.what)(options)
