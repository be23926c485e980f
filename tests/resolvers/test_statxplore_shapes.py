"""Stat-Xplore in the shape of a recorded answer, read to its published figures.

Households on Universal Credit by region, month and family type, from the Department for Work and Pensions'
Stat-Xplore, as captured in March 2019 by the tests of the House of Commons Library's statxplorer. Contains public
sector information licensed under the Open Government Licence v3.0.
"""

from typing import Any

import httpx
import numpy as np
import pytest

from reference.facets import Facet
from reference.figure import STATUSES, Marker
from reference.period import parse
from resolvers.protocols.connector import DatasetQuery
from resolvers.protocols.statxplore import StatXplore
from resolvers.source import Source, read
from resolvers.table import Slice
from resolvers.wire import Wire

MEASURE = "householdsOnUniversalCredit"
DATABASE, COUNT = "str:database:UC_Households", "str:count:UC_Households:V_F_UC_HOUSEHOLDS"
PLACE, MONTH = "UC_Households:V_F_UC_HOUSEHOLDS:COA_CODE", "UC_Households:F_UC_DATE:DATE_NAME"
FAMILY = "UC_Households:V_F_UC_HOUSEHOLDS:HNFAMILY_TYPE"
REGIONS = (
    "North East", "North West", "Yorkshire and The Humber", "East Midlands", "West Midlands", "East of England",
    "London", "South East", "South West",
)  # fmt: skip
MONTHS = ("May 2018", "June 2018", "July 2018", "August 2018")
FAMILIES = {
    1: "Single, no child dependant",
    2: "Single, with child dependant(s)",
    3: "Couple, no child dependant",
    4: "Couple, with child dependant(s)",
    99: "Unknown or missing family type",
}
MEMBERS = ("SINGLE_NO_CHILDREN", "SINGLE_WITH_CHILDREN", "COUPLE_NO_CHILDREN", "COUPLE_WITH_CHILDREN")
# Each region's and then England's months, each with its family types and their total.
FIGURES = (
    ((36393, 8362, 1843, 3409, 0, 50001), (37121, 9415, 2006, 3778, 0, 52321),
     (38618, 10611, 2223, 4166, 0, 55620), (41411, 12133, 2513, 4677, 0, 60734)),
    ((91079, 44881, 4476, 12972, 0, 153410), (93201, 47630, 4860, 14062, 0, 159751),
     (95392, 50043, 5179, 14794, 0, 165414), (100314, 52893, 5700, 15881, 0, 174791)),
    ((51111, 14187, 2837, 6320, 0, 74454), (51328, 15789, 2966, 6914, 0, 76998),
     (52577, 17574, 3133, 7458, 0, 80744), (54834, 19624, 3420, 8181, 0, 86060)),
    ((28008, 6410, 1203, 2809, 0, 38435), (28038, 7321, 1355, 3197, 0, 39912),
     (29260, 8697, 1586, 3732, 0, 43278), (31205, 10433, 1891, 4474, 0, 48007)),
    ((57068, 14345, 2447, 5437, 0, 79291), (59499, 16848, 2790, 6321, 0, 85456),
     (61712, 19250, 3003, 7097, 0, 91059), (65460, 21949, 3402, 8017, 0, 98830)),
    ((38815, 13970, 2231, 5941, 0, 60952), (39828, 15832, 2411, 6567, 0, 64640),
     (40888, 17337, 2571, 7085, 0, 67882), (42682, 18989, 2713, 7637, 0, 72021)),
    ((75315, 29729, 2510, 9041, 0, 116598), (77122, 32574, 2733, 9812, 0, 122243),
     (80449, 35641, 2980, 10574, 0, 129643), (85703, 39145, 3345, 11521, 0, 139717)),
    ((46326, 14477, 2406, 5874, 0, 69076), (47942, 16720, 2618, 6754, 0, 74031),
     (50325, 19222, 2943, 7729, 0, 80220), (53648, 22038, 3280, 8798, 0, 87765)),
    ((42609, 18065, 2835, 8524, 0, 72027), (44492, 20070, 3066, 9293, 0, 76926),
     (46615, 21953, 3242, 10020, 0, 81823), (48978, 23983, 3583, 10803, 0, 87348)),
    ((466722, 164418, 22784, 60324, 0, 714251), (478570, 182203, 24806, 66704, 0, 752278),
     (495837, 200332, 26870, 72650, 0, 795689), (524245, 221197, 29849, 79988, 0, 855275)),
)  # fmt: skip
HEADERS = {
    "x-ratelimit": "10000", "x-ratelimit-remaining": "9990", "x-ratelimit-reset": "1551970800000",
    "x-ratelimit-table": "1000", "x-ratelimit-remaining-table": "990", "x-ratelimit-reset-table": "1551970800000",
}  # fmt: skip


def place(number: int) -> str:
    return f"str:value:{PLACE}:V_C_MASTERGEOG11_REGION_TO_COUNTRY:E1200000{number + 1}"


def month(number: int) -> str:
    return f"str:value:{MONTH}:C_UC_DATE:20180{number + 5}"


def family(code: int) -> str:
    return f"str:value:{FAMILY}:C_UC_FAMILY_TYPE:{code}"


def item(uri: str, label: str, *notes: str) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "RecodeItem", "uris": [uri], "labels": [label]}
    return {**document, "annotationKeys": list(notes)} if notes else document


def answer(*, whole: bool) -> dict[str, Any]:
    """The recorded answer; `whole`: with figures as integers, as newer answers have them."""
    total = {"type": "Total", "labels": ["Total"]}
    values = np.array(FIGURES, int if whole else float).tolist()
    return {
        "query": {"database": DATABASE, "measures": [COUNT]},
        "database": {
            "id": "UC_Households",
            "uri": DATABASE,
            "label": "Households on Universal Credit",
            "annotationKeys": ["I", "II", "III", "IV", "V"],
        },
        "measures": [{"uri": COUNT, "label": "Households on Universal Credit", "measure": COUNT, "function": "COUNT"}],
        "fields": [
            {
                "uri": f"str:field:{PLACE}",
                "label": "National - Regional - LA - OAs",
                "items": [*(item(place(at), label) for at, label in enumerate(REGIONS)), total],
            },
            {
                "uri": f"str:field:{MONTH}",
                "label": "Month",
                "items": [item(month(at), label, "r") for at, label in enumerate(MONTHS)],
            },
            {
                "uri": f"str:field:{FAMILY}",
                "label": "Family Type",
                "items": [*(item(family(code), label) for code, label in FAMILIES.items()), total],
            },
        ],
        "cubes": {COUNT: {"values": values, "precision": 0}},
        "annotationMap": {"I": "A note on the whole database.", "r": "Revised since the previous release."},
    }


def source() -> Source:
    dataset: dict[str, Any] = {
        "id": DATABASE,
        "title": "Households on Universal Credit",
        "licence": "Open Government Licence v3.0",
        "every": "MONTH",
        "breakdowns": [["FAMILY_TYPE"]],
        "count": COUNT,
        "time": {"field": f"str:field:{MONTH}", "value": f"str:value:{MONTH}:C_UC_DATE:{{YYYYMM}}"},
        "place": {
            "field": f"str:field:{PLACE}",
            "values": {"REGION": f"str:value:{PLACE}:V_C_MASTERGEOG11_REGION_TO_COUNTRY:{{code}}"},
        },
        "measures": {MEASURE: {}},
        "facets": {
            "FAMILY_TYPE": {
                "field": f"str:field:{FAMILY}",
                "members": {member: family(code) for code, member in enumerate(MEMBERS, 1)},
                "labels": {str(code): label.upper() for code, label in FAMILIES.items() if code != 99},
            }
        },
    }
    url = "http://dwp.test/webapi/rest/v1"
    return read("dwp", {"department": "DWP", "protocol": "statxplore", "url": url, "datasets": [dataset]})


@pytest.mark.parametrize("whole", [False, True])
async def test_every_cell_of_a_recorded_answer_is_its_published_figure(whole: bool) -> None:
    requests: list[httpx.Request] = []

    def publisher(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=answer(whole=whole), headers=HEADERS)

    own = source()
    areas = tuple(f"E1200000{number}" for number in range(1, 10))
    periods = tuple(parse(f"2018-0{number}") for number in range(5, 9))
    piece = Slice((MEASURE,), areas, periods, (Facet.FAMILY_TYPE,), tuple((member,) for member in MEMBERS))
    connector = StatXplore(own, Wire(own, httpx.MockTransport(publisher)))
    (table,) = await connector.answer(DatasetQuery(own.datasets[0], (piece,)))
    column = table.columns[MEASURE]
    assert column.values.tolist() == [[list(cells[:4]) for cells in months] for months in FIGURES[:9]]
    assert {STATUSES[int(status)] for status in column.status.ravel()} == {"A"}
    assert set(column.markers.ravel().tolist()) == {int(Marker.r)}
    assert not column.notes
    assert [request.url.path for request in requests] == ["/webapi/rest/v1/table"]
