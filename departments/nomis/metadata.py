"""What the publisher says of its data sets: definitions, code lists and overviews, in SDMX-like JSON."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from departments.nomis.answers import one_or_many, time_name
from departments.nomis.dataset import DataSet, Holdings
from departments.nomis.geography import TYPES, Place


def definitions(data_sets: Sequence[DataSet]) -> dict[str, Any]:
    """Data sets with their dimensions, as `def.sdmx.json` gives them."""
    families = [_family(data_set) for data_set in data_sets]
    return {"structure": {"keyfamilies": {"keyfamily": one_or_many(families)} if families else None}}


def search(data_sets: Sequence[DataSet], pattern: str) -> list[DataSet]:
    """Data sets whose title or keywords match a pattern with asterisks, in any case."""
    wanted = pattern.lower()
    return [
        d for d in data_sets if any(fnmatchcase(text.lower(), wanted) for text in (d.title, *d.keywords.split(",")))
    ]


def _family(data_set: DataSet) -> dict[str, Any]:
    """One data set in the words of SDMX: its dimensions, attributes and annotations."""
    number = data_set.id.removeprefix("NM_")
    refs = [
        "GEOGRAPHY",
        *(concept.ref.upper() for concept in data_set.concepts),
        "FREQ",
    ]
    dimensions: list[dict[str, Any]] = [{"codelist": f"CL_{number}_{ref}", "conceptref": ref} for ref in refs]
    dimensions[-1]["isfrequencydimension"] = "true"
    notes = {
        "Status": "Current (being actively updated)",
        "Keywords": data_set.keywords,
        "Units": data_set.units,
        "LastUpdated": data_set.updated,
        "contenttype/sources": "synthetic",
    }
    attributes = (("OBS_STATUS", "Mandatory"), ("OBS_CONF", "Conditional"))
    return {
        "id": data_set.id,
        "agencyid": "NOMIS",
        "uri": f"Nm-{number.replace('_', 'd')}",
        "version": 1,
        "name": {"value": data_set.title, "lang": "en"},
        "annotations": {
            "annotation": [{"annotationtitle": title, "annotationtext": text} for title, text in notes.items()]
        },
        "components": {
            "dimension": dimensions,
            "timedimension": {"codelist": f"CL_{number}_TIME", "conceptref": "TIME"},
            "primarymeasure": {"conceptref": "OBS_VALUE"},
            "attribute": [
                {
                    "codelist": f"CL_{ref}",
                    "conceptref": ref,
                    "attachmentlevel": "Observation",
                    "assignmentstatus": status,
                }
                for ref, status in attributes
            ],
        },
    }


def codelist(data_set: DataSet, holdings: Holdings, concept: str, within: str | None = None) -> dict[str, Any] | None:
    """The codes of a concept; for geography its types, or the places of one type. None: no such concept."""
    ref = concept.lower()
    if ref == "geography":
        codes = _types(holdings.places) if within is None else _places(holdings.places, within.upper())
    elif ref == "time":
        codes = [_code(time, time_name(data_set, time)) for time in holdings.times]
    elif ref == "freq":
        codes = [
            _code(
                "A" if len(holdings.times[0]) == 4 else "M",
                "Annually" if len(holdings.times[0]) == 4 else "Monthly",
            )
        ]
    else:
        dimension = next((concept for concept in data_set.concepts if concept.ref == ref), None)
        codes = [_code(code.id, code.name) for code in dimension.codes] if dimension else []
    if not codes:
        return None
    lists = {
        "id": f"CL_{data_set.id.removeprefix('NM_')}_{ref.upper()}",
        "agencyid": "NOMIS",
        "name": {"value": ref, "lang": "en"},
        "code": one_or_many(codes),
    }
    return {"structure": {"codelists": {"codelist": [lists]}}}


def _code(value: int | str, name: str) -> dict[str, Any]:
    """A code with its name in English."""
    return {"value": value, "description": {"value": name, "lang": "en"}}


def _types(places: Sequence[Place]) -> list[dict[str, Any]]:
    """The types that these places are of, each once."""
    present = dict.fromkeys(place.type for place in places)
    return [_code(f"TYPE{number}", TYPES[number]) for number in present]


def _places(places: Sequence[Place], type_code: str) -> list[dict[str, Any]]:
    """The places of one type, each with its parent's number and its GSS code."""
    return [
        _code(place.id, place.name)
        | ({"parentcode": str(place.parent)} if place.parent else {})
        | {"annotations": {"annotation": [{"annotationtitle": "GeogCode", "annotationtext": place.code}]}}
        for place in places
        if type_code == f"TYPE{place.type}"
    ]


def overview(data_set: DataSet, holdings: Holdings) -> dict[str, Any]:
    """The short description with every dimension's codes."""
    dimensions = [
        {
            "name": "date",
            "codes": {"code": _plain([(t, time_name(data_set, t)) for t in holdings.times])},
        }
    ]
    for concept in data_set.concepts:
        codes = _plain([(code.id, code.name) for code in concept.codes])
        dimensions.append({"name": concept.ref, "codes": {"code": codes}})
    return {
        "overview": {
            "id": data_set.id,
            "name": data_set.title,
            "lastupdated": data_set.updated,
            "firstdate": holdings.times[0],
            "lastdate": holdings.times[-1],
            "dimensions": {"dimension": one_or_many(dimensions)},
        }
    }


def _plain(codes: Sequence[tuple[int | str, str]]) -> Any:
    """Codes as the overview writes them, one alone without a list."""
    return one_or_many([{"value": value, "name": name} for value, name in codes])
