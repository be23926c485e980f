"""A sample of the Office for National Statistics' Nomis service (https://www.nomisweb.co.uk/api/v01/help),
with its habits: silent truncation, empty bodies for wrong parameters, objects in place of lists of one.

The figures are synthetic. Nothing here is the Office's own software or data.
"""

from collections.abc import Callable
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import Scope

from departments.faults import Faults
from departments.nomis import metadata
from departments.nomis.answers import as_csv, as_json, page
from departments.nomis.catalogue import DATA_SETS
from departments.nomis.dataset import DataSet
from departments.nomis.query import Misunderstood, select

BASE = "/api/v01/dataset"


def create_app(folder: Path, *, faults: bool = False) -> Starlette:
    """The service over the synthetic cubes in `folder`. Where `faults`, tests may ask for them over sockets."""

    def data(request: Request) -> Response:
        data_set = DATA_SETS.get(request.path_params["id"].upper())
        form = request.path_params["form"]
        if data_set is None or form not in ("csv", "json"):
            return Response(status_code=404)
        params = {key.lower(): value for key, value in request.query_params.items()}
        holdings = data_set.holdings(folder)
        try:
            rows = page(data_set, holdings, select(data_set, holdings, params))
            body = as_csv(rows, params.get("select")) if form == "csv" else as_json(rows)
        except Misunderstood:
            body = b""
        return Response(body, media_type="text/csv" if form == "csv" else "application/json")

    def of_one(
        answer: Callable[[DataSet, Request], object],
    ) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            data_set = DATA_SETS.get(request.path_params["id"].upper())
            response = answer(data_set, request) if data_set else None
            return Response(orjson.dumps(response) if response else b"", media_type="application/json")

        return endpoint

    def definitions(request: Request) -> Response:
        pattern = request.query_params.get("search", "*")
        document = metadata.definitions(metadata.search(list(DATA_SETS.values()), pattern))
        return Response(orjson.dumps(document), media_type="application/json")

    def codelist(data_set: DataSet, request: Request) -> object:
        holdings = data_set.holdings(folder)
        return metadata.codelist(
            data_set,
            holdings,
            request.path_params["concept"],
            request.path_params.get("type"),
        )

    router = Router(
        [
            Route(f"{BASE}/def.sdmx.json", definitions),
            Route(f"{BASE}/{{id}}.data.{{form}}", data),
            Route(
                f"{BASE}/{{id}}.def.sdmx.json",
                of_one(lambda data_set, _: metadata.definitions([data_set])),
            ),
            Route(
                f"{BASE}/{{id}}.overview.json",
                of_one(lambda data_set, _: metadata.overview(data_set, data_set.holdings(folder))),
            ),
            Route(f"{BASE}/{{id}}/{{concept}}.def.sdmx.json", of_one(codelist)),
            Route(f"{BASE}/{{id}}/{{concept}}/{{type}}.def.sdmx.json", of_one(codelist)),
        ]
    )
    faulty = Faults(
        router,
        on=_is_data,
        mangle={"truncated": _cut_rows, "wrong-keys": _rename},
        remote=faults,
    )
    app = Starlette(routes=[Mount("/", app=faulty)])
    app.state.faults = faulty
    return app


def _is_data(scope: Scope) -> bool:
    """Faults meet requests for figures only, never metadata."""
    return ".data." in scope["path"]


def _cut_rows(body: bytes) -> bytes:
    """Half of the rows, as the publisher cuts: whole lines of CSV; in JSON header.truncated says so."""
    if not body.startswith(b"{"):
        lines = body.splitlines(keepends=True)
        return b"".join(lines[: 1 + len(lines) // 2])
    document = orjson.loads(body)
    rows = document["obs"] if isinstance(document["obs"], list) else [document["obs"]]
    return orjson.dumps(
        {
            "header": document["header"] | {"truncated": "true"},
            "obs": rows[: (len(rows) + 1) // 2],
        }
    )


def _rename(body: bytes) -> bytes:
    """Columns under names that nobody announced."""
    if not body.startswith(b"{"):
        head, _, rest = body.partition(b"\n")
        return head.replace(b'",', b'_V2",').replace(b"GEOGRAPHY", b"PLACE") + b"\n" + rest
    return orjson.dumps({f"{key}_v2": value for key, value in orjson.loads(body).items()})
