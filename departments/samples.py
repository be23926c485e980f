"""The five sample departments: their ports, and the two that run a share node beside a database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.types import Scope

from departments.faults import Faults
from departments.share.config import ShareConfig, load
from departments.share.node import create_app
from departments.synthetic.databases import database
from departments.witness import WitnessConfig

# The patterns of their synthetic releases, as `lmdt protect` made them.
PATTERNS = Path(__file__).with_name("patterns")
SAMPLES = {"dwp": 8101, "hmrc": 8102, "dfe": 8103, "beis": 8104, "ons": 8105}


def share_node(
    name: str,
    folder: Path,
    *,
    faults: bool = False,
    keys: Mapping[str, Any] | None = None,
    log: Path | None = None,
    witness: WitnessConfig | None = None,
) -> Starlette:
    """The sample HMRC or BEIS: a share node over its synthetic database. `keys`: the Trust's JWKS, read from the
    folder if not given. `log`: where it keeps what it answered; in the folder if not given."""
    config = mapping(name, folder, log=str(log or folder / f"{name}-log")).model_copy(update={"witness": witness})
    app = create_app(config, keys)
    app.state.faults = injected = Faults(app.router, on=_is_query, mangle={"truncated": _shortened}, remote=faults)
    app.router = injected  # pyright: ignore[reportAttributeAccessIssue]
    return app


def mapping(name: str, folder: Path, *, log: str | None = None) -> ShareConfig:
    """The sample HMRC's or BEIS's mapping over its synthetic database in a folder, which is built first if need be."""
    written, kept = load(Path(__file__).with_name(f"{name}.toml")), database(name, folder)
    return written.at(f"sqlite:///{kept}", str(folder / "trust-keys.json"), patterns=str(PATTERNS), log=log)


def witness(name: str, folder: Path) -> WitnessConfig:
    """What a sample department witnesses by, in a folder of all five. Its file `logs` has the keys of the logs."""
    return WitnessConfig(name=f"{name}.example/witness", folder=folder / name, logs=(str(folder / "logs"),))


def _is_query(scope: Scope) -> bool:
    """Faults meet questions for figures only, never the list of datasets."""
    return scope["path"].endswith("/query")


def _shortened(body: bytes) -> bytes:
    """Values for fewer cells than were asked: whole JSON, half an answer."""
    document = orjson.loads(body)
    for answer in document.get("answers", [document]):
        answer["values"] = {name: values[: len(values) // 2] for name, values in answer["values"].items()}
    return orjson.dumps(document)
