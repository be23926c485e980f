"""A sample of the Department for Education's Explore education statistics API
(https://api.education.gov.uk/statistics): five data sets, in several versions, queried by its criteria grammar.

The figures are synthetic. Nothing here is the Department's own software or data.
"""

import gzip
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router
from starlette.types import Scope

from departments.ees.catalogue import PUBLICATIONS, DataSet, Publication
from departments.ees.changes import changes
from departments.ees.download import as_csv
from departments.ees.problems import InvalidQuery, bad_request, missing, note
from departments.ees.query import answer, paging, whole
from departments.ees.query_string import body_of
from departments.ees.shelf import Shelf, Version
from departments.faults import Faults

BASE = "/statistics/v1"
SHORTEST_SEARCH = 3
META_TYPES = {
    "Filters": ("filters",),
    "Indicators": ("indicators",),
    "Locations": ("geographicLevels", "locations"),
    "TimePeriods": ("timePeriods",),
}


def create_app(folder: Path, *, faults: bool = False) -> Starlette:
    """The service over the synthetic cubes in `folder`. Where `faults`, tests may ask for them over sockets;
    `app.state.shelf` lets tests in the same process withdraw and publish versions."""
    shelf = Shelf(folder)
    endpoints = _Endpoints(shelf)
    data_set = f"{BASE}/data-sets/{{id}}"
    router = Router(
        [
            Route(f"{BASE}/publications", endpoints.publications),
            Route(f"{BASE}/publications/{{id}}", endpoints.publication),
            Route(f"{BASE}/publications/{{id}}/data-sets", endpoints.data_sets),
            Route(data_set, endpoints.data_set),
            Route(f"{data_set}/meta", endpoints.meta),
            Route(f"{data_set}/query", endpoints.query, methods=["GET", "POST"]),
            Route(f"{data_set}/csv", endpoints.csv),
            Route(f"{data_set}/versions", endpoints.versions),
            Route(f"{data_set}/versions/{{version}}", endpoints.version),
            Route(f"{data_set}/versions/{{version}}/changes", endpoints.changes),
        ]
    )
    faulty = Faults(router, on=_is_query, mangle={"truncated": _fewer_results}, remote=faults)
    app = Starlette(routes=[Mount("/", app=faulty)])
    app.state.faults = faulty
    app.state.shelf = shelf
    return app


def _is_query(scope: Scope) -> bool:
    """Faults meet queries only, GET and POST, never metadata."""
    return scope["path"].endswith("/query")


def _fewer_results(body: bytes) -> bytes:
    """Half of the results, under a total that counts them all."""
    document = orjson.loads(body)
    return orjson.dumps(document | {"results": document["results"][: len(document["results"]) // 2]})


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def _publication(publication: Publication) -> dict[str, str]:
    """A publication under the keys of the API."""
    return {
        "id": publication.id,
        "title": publication.title,
        "slug": publication.slug,
        "summary": publication.summary,
        "lastPublished": publication.published,
    }


class _Endpoints:
    """What each path answers."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def publications(self, request: Request) -> Response:
        """Those whose title or summary contains the search, in any case."""
        search = request.query_params.get("search")
        errors: list[dict[str, Any]] = []
        if search is not None and len(search) < SHORTEST_SEARCH:
            errors.append(note("MinimumLength", "search", {"minLength": SHORTEST_SEARCH}))
        wanted = (search or "").casefold()
        publications = [
            publication
            for publication in PUBLICATIONS
            if wanted in f"{publication.title} {publication.summary}".casefold()
        ]
        return _paged(request, [_publication(publication) for publication in publications], 20, 40, errors)

    def publication(self, request: Request) -> Response:
        publications = [publication for publication in PUBLICATIONS if publication.id == request.path_params["id"]]
        return _json(_publication(publications[0])) if publications else missing()

    def data_sets(self, request: Request) -> Response:
        """The newest version of each data set of one publication; 404 where there is no such publication."""
        publication_id = request.path_params["id"]
        if publication_id not in {publication.id for publication in PUBLICATIONS}:
            return missing()
        newest = [versions[-1] for versions in self._shelf.all() if versions]
        data_sets = [_data_set(version) for version in newest if version.data_set.publication.id == publication_id]
        return _paged(request, data_sets, 10, 20)

    def data_set(self, request: Request) -> Response:
        version = self._shelf.find(request.path_params["id"], None)
        return _json(_data_set(version)) if version else missing()

    def meta(self, request: Request) -> Response:
        """The parts named by `types`, or all of them; 400 for a type that there is none of."""
        version = self._version(request)
        if version is None:
            return missing()
        types = [text for value in request.query_params.getlist("types") for text in value.split(",")]
        if unknown := [kind for kind in types if kind not in META_TYPES]:
            detail = {"value": unknown[0], "allowed": list(META_TYPES)}
            return bad_request(InvalidQuery([note("AllowedValue", "types", detail)]))
        document = version.metadata
        return _json({key: document[key] for kind in types or META_TYPES for key in META_TYPES[kind]})

    async def query(self, request: Request) -> Response:
        """400 with every error that the body has."""
        version = self._version(request)
        if version is None:
            return missing()
        try:
            return _json(answer(version, await _body(request)))
        except InvalidQuery as error:
            return bad_request(error)

    def csv(self, request: Request) -> Response:
        """The whole version, always compressed, as a file to save."""
        version = self._version(request)
        if version is None:
            return missing()
        headers = {
            "Content-Encoding": "gzip",
            "Content-Disposition": f'attachment; filename="{version.data_set.id}.csv"',
        }
        return Response(gzip.compress(as_csv(version).encode(), 1), media_type="text/csv", headers=headers)

    def versions(self, request: Request) -> Response:
        """Newest first, withdrawn ones listed too; 404 where there is none."""
        versions = self._shelf.versions(request.path_params["id"])
        return _paged(request, [version.model for version in reversed(versions)], 10, 20) if versions else missing()

    def version(self, request: Request) -> Response:
        """A withdrawn version is described too, though its figures cannot be had."""
        version = self._shelf.find(request.path_params["id"], request.path_params["version"])
        return _json(version.model) if version else missing()

    def changes(self, request: Request) -> Response:
        """Compared with the version just before it in number."""
        version = self._shelf.find(request.path_params["id"], request.path_params["version"])
        if version is None:
            return missing()
        earlier = [v for v in self._shelf.versions(version.data_set.id) if v.edition.number < version.edition.number]
        return _json(changes(version, earlier[-1] if earlier else None))

    def _version(self, request: Request) -> Version | None:
        """The version that `dataSetVersion` names, or the newest; None where it is withdrawn or there is none."""
        version = self._shelf.find(request.path_params["id"], request.query_params.get("dataSetVersion"))
        return None if version is None or version.withdrawn else version


async def _body(request: Request) -> Any:
    """The body of a POST, or a GET's query string in the same form. Raises InvalidQuery."""
    if request.method == "GET":
        return body_of(request.query_params)
    if unknown := [key for key in request.query_params if key != "dataSetVersion"]:
        raise InvalidQuery([note("InvalidValue", key) for key in unknown])
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise InvalidQuery([note("InvalidValue")]) from error


def _data_set(version: Version) -> dict[str, Any]:
    """A data set under the keys of the API, with the summary of this version as its latest."""
    data_set: DataSet = version.data_set
    return {
        "id": data_set.id,
        "title": data_set.title,
        "summary": data_set.summary,
        "status": "Published",
        "latestVersion": version.summary,
    }


def _paged(
    request: Request, items: list[Any], size: int, largest: int, errors: list[dict[str, Any]] | None = None
) -> Response:
    """One page of a list, 400 when the page asked for cannot be."""
    wrong = list(errors or ())
    params = {key: request.query_params.get(key) for key in ("page", "pageSize")}
    numbers = {key: int(text) if text and text.lstrip("-").isdigit() else text for key, text in params.items()}
    page = whole(numbers["page"], "page", 1, None, wrong)
    size = whole(numbers["pageSize"], "pageSize", size, largest, wrong)
    if wrong:
        return bad_request(InvalidQuery(wrong))
    return _json({"paging": paging(page, size, len(items)), "results": items[(page - 1) * size : page * size]})
