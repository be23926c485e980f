"""Replies that a department may give in its own protocol, as in `replies.py`. One more is one line."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.hostile.changing_replies import (
    ASKED,
    MISANSWERED,
    TRUTH,
    Line,
    content,
    edited,
    made,
)  # fmt: skip
from tests.hostile.lines import table

Edit = Callable[[Any], object]


def _share() -> Iterator[tuple[str, Line]]:
    edits: dict[str, tuple[Edit, str]] = {
        "places in another order": (lambda d: d["areas"].reverse(), MISANSWERED),
        "a place too few": (lambda d: d["areas"].pop(), MISANSWERED),
        "another place": (lambda d: d["areas"].__setitem__(0, "E06000002"), MISANSWERED),
        "another period": (lambda d: d["periods"].__setitem__(0, "2022-06"), MISANSWERED),
        "other groups": (lambda d: d.update(groups=[["A"]]), MISANSWERED),
        "other facets": (lambda d: d.update(by=["SEX"]), MISANSWERED),
        "a figure too few": (lambda d: d["values"]["payrolledEmployees"].pop(), MISANSWERED),
        "a figure too many": (lambda d: d["values"]["payrolledEmployees"].append(1), MISANSWERED),
        "a status too few": (lambda d: d["status"]["payrolledEmployees"].pop(), MISANSWERED),
        "a status that nobody knows": (lambda d: d["status"]["payrolledEmployees"].__setitem__(0, "?"), MISANSWERED),
        "a status that is a number": (lambda d: d["status"]["payrolledEmployees"].__setitem__(0, 1), MISANSWERED),
        "a figure that is said to be confidential": (lambda d: d["status"]["payrolledEmployees"].__setitem__(0, "Q"), MISANSWERED),
        "a measure too few": (lambda d: d["values"].pop("payrolledEmployees"), MISANSWERED),
        "a measure too many": (lambda d: d["values"].update(jobs=[]), MISANSWERED),
        "figures of another measure": (lambda d: d["values"].update(jobs=d["values"].pop("payrolledEmployees")), MISANSWERED),
        "unprotected figures": (lambda d: d.update(sdc="raw"), MISANSWERED),
        "evidence that was not asked for": (lambda d: d.update(evidence={}), MISANSWERED),
        "no word of protection": (lambda d: d.pop("sdc"), MISANSWERED),
        "another word of protection": (lambda d: d.update(sdc="APPLIED"), MISANSWERED),
        "a release that is a number": (lambda d: d.update(release=7), MISANSWERED),
        "no release": (lambda d: d.pop("release"), MISANSWERED),
        "a release that is null": (lambda d: d.update(release=None), TRUTH),
        "values as one text": (lambda d: d["values"].update(payrolledEmployees="1,2,3"), MISANSWERED),
        "values by place": (lambda d: d["values"].update(payrolledEmployees={"E08000003": 1}), MISANSWERED),
        "keys that nobody reads": (lambda d: d.update(x={"y": [1]}), TRUTH),
    }  # fmt: skip
    for name, (edit, becomes) in edits.items():
        yield f"share with {name}", Line("share", ASKED["share"][0], edited(edit), becomes)


def _statxplore() -> Iterator[tuple[str, Line]]:
    def cube(document: Any) -> Any:
        return next(iter(document["cubes"].values()))

    edits: dict[str, tuple[Edit, str]] = {
        "a row too few": (lambda d: cube(d)["values"].pop(), MISANSWERED),
        "a row twice": (lambda d: cube(d)["values"].append(cube(d)["values"][0]), MISANSWERED),
        "a cell too few": (lambda d: cube(d)["values"][0][0].pop(), MISANSWERED),
        "cells in one list": (lambda d: cube(d).update(values=[1] * 36), MISANSWERED),
        "no cells": (lambda d: cube(d).update(values=[]), MISANSWERED),
        "another count": (lambda d: d.update(cubes={"str:count:X": cube(d)}), MISANSWERED),
        "another database": (lambda d: d["database"].update(uri="str:database:ESA"), MISANSWERED),
        "a field too few": (lambda d: d["fields"].pop(), MISANSWERED),
        "fields in another order": (lambda d: d["fields"].reverse(), MISANSWERED),
        "an item twice": (lambda d: d["fields"][0]["items"].append(d["fields"][0]["items"][0]), MISANSWERED),
        "an item of another place": (lambda d: d["fields"][0]["items"][0].update(uris=["str:value:X"]), MISANSWERED),
        "an item without ids": (lambda d: d["fields"][0]["items"][0].pop("uris"), MISANSWERED),
        "items that are none": (lambda d: d["fields"][0].update(items=[None]), MISANSWERED),
        "another label for a sex": (lambda d: d["fields"][2]["items"][0].update(labels=["Male"]), MISANSWERED),
        "a note that the figure is negligible": (
            lambda d: cube(d).update(annotations=[[[[["z"] * len(c) for c in b] for b in a] for a in p] for p in cube(d)["values"]]), "low",
        ),
        "notes of another shape": (lambda d: cube(d).update(annotations=[["z"]]), MISANSWERED),
        "keys that nobody reads": (lambda d: d.update(x={"y": [1]}), TRUTH),
    }  # fmt: skip
    for name, (edit, becomes) in edits.items():
        yield f"statxplore with {name}", Line("statxplore", ASKED["statxplore"][0], edited(edit), becomes)
    at = "EMPLOYMENT_CODE:C_UC_EMPLOYMENT_2023_BAND"
    for name, body in {
        "nothing": b"",
        "null": b"null",
        "a list": b"[]",
        "no children": b"{}",
        "children that are none": b'{"children": [1]}',
    }.items():
        yield f"statxplore whose schema is {name}", Line("statxplore", at, made(content=body), MISANSWERED)


def _ees() -> Iterator[tuple[str, Line]]:
    query = ASKED["ees"][0]
    meta, version = query.replace("/query", "/meta"), "1d419801-435d-c676-b428-1217e08290c3/versions/2.*"
    edits: dict[str, tuple[str, Edit, str]] = {
        "a row twice": (query, lambda d: d["results"].append(d["results"][0]), MISANSWERED),
        "a row twice and counted": (
            query, lambda d: (d["results"].append(d["results"][0]), d["paging"].update(totalResults=len(d["results"]))), MISANSWERED,
        ),
        "a row too few": (query, lambda d: d["results"].pop(), MISANSWERED),
        "rows in another order": (query, lambda d: d["results"].reverse(), TRUTH),
        "more rows than were asked for": (query, lambda d: d["paging"].update(totalResults=10**9), MISANSWERED),
        "a count that is a text": (query, lambda d: d["paging"].update(totalResults="24"), MISANSWERED),
        "a count below nothing": (query, lambda d: d["paging"].update(totalResults=-1), MISANSWERED),
        "no paging": (query, lambda d: d.pop("paging"), MISANSWERED),
        "no results": (query, lambda d: d.pop("results"), MISANSWERED),
        "a row that is none": (query, lambda d: d["results"].__setitem__(0, None), MISANSWERED),
        "a row of an unknown place": (query, lambda d: d["results"][0]["locations"].update(NAT="?"), MISANSWERED),
        "a row of another level": (query, lambda d: d["results"][0].update(geographicLevel="LSIP"), MISANSWERED),
        "a row of another year": (query, lambda d: d["results"][0]["timePeriod"].update(period="2001/2002"), MISANSWERED),
        "a row of another filter": (query, lambda d: d["results"][0]["filters"].update({"?": "?"}), MISANSWERED),
        "a filter that is a list": (query, lambda d: d["results"][0].update(filters={k: [v] for k, v in d["results"][0]["filters"].items()}), MISANSWERED),
        "a figure too few": (query, lambda d: d["results"][0]["values"].popitem(), MISANSWERED),
        "a figure too many": (query, lambda d: d["results"][0]["values"].update(x="1"), MISANSWERED),
        "metadata without filters": (meta, lambda d: d.pop("filters"), MISANSWERED),
        "metadata without a filter": (meta, lambda d: d["filters"].pop(1), MISANSWERED),
        "metadata with one identifier for two options": (meta, lambda d: d["filters"][1]["options"][1].update(id=d["filters"][1]["options"][2]["id"]), MISANSWERED),
        "metadata with one label for two options": (meta, lambda d: d["filters"][1]["options"][1].update(label="Male"), MISANSWERED),
        "metadata with one identifier for two places": (meta, lambda d: d["locations"][-1]["options"][0].update(id=d["locations"][-1]["options"][1]["id"]), MISANSWERED),
        "metadata without indicators": (meta, lambda d: d.update(indicators=[]), MISANSWERED),
        "metadata whose indicators are none": (meta, lambda d: d.update(indicators=[None]), MISANSWERED),
        "another version than was asked for": (version, lambda d: d.update(version="3.0"), MISANSWERED),
        "a version that is a number": (version, lambda d: d.update(version=2.0), TRUTH),
        "keys that nobody reads": (query, lambda d: d.update(x={"y": [1]}), TRUTH),
    }  # fmt: skip
    for name, (at, edit, becomes) in edits.items():
        yield f"ees with {name}", Line("ees", at, edited(edit), becomes)


def _nomis() -> Iterator[tuple[str, Line]]:
    texts: dict[str, tuple[Callable[[bytes], bytes], str]] = {
        "a row twice": (lambda body: body + body.splitlines(keepends=True)[1], MISANSWERED),
        # It says how many there are, so the rest is asked for; and where there are none, whether there are any elsewhere.
        "a row too few": (lambda body: b"".join(body.splitlines(keepends=True)[:-1]), TRUTH),
        "no rows": (lambda body: body.splitlines(keepends=True)[0], TRUTH),
        "rows in another order": (lambda body: b"".join([*body.splitlines(keepends=True)[:1], *body.splitlines(keepends=True)[:0:-1]]), TRUTH),
        "a mark of its byte order": (lambda body: b"\xef\xbb\xbf" + body, TRUTH),
        "lines that end otherwise": (lambda body: body.replace(b"\n", b"\r\n"), TRUTH),
        "semicolons": (lambda body: body.replace(b",", b";"), MISANSWERED),
        "no status": (lambda body: body.replace(b"OBS_STATUS", b"X", 1), MISANSWERED),
        "a column twice": (lambda body: body.replace(b"OBS_CONF", b"OBS_VALUE"), MISANSWERED),
        "another place": (lambda body: body.replace(b"E08000003", b"E06000002", 1), MISANSWERED),
        "another year": (lambda body: body.replace(b",2021,", b",2001,", 1), MISANSWERED),
        "a confidential figure": (lambda body: body.replace(b",F,", b",C,", 1), "c"),
        "a figure of an unknown status": (lambda body: body.replace(b',A,"Normal Value"', b",?,", 1), "x"),
        "a figure that is missing": (lambda body: body.replace(b',A,"Normal Value"', b",M,", 1), "z"),
        "a figure that is disclosive": (lambda body: body.replace(b',A,"Normal Value"', b",Q,These figures are disclosive", 1), "c"),
        "a status that is empty": (lambda body: body.replace(b',A,"Normal Value"', b",,", 1), MISANSWERED),
        "rows that are counted otherwise": (lambda body: body.replace(b",8\n", b",9\n", 1), MISANSWERED),
        "more rows than there are": (lambda body: body.replace(b",8\n", b",9\n"), MISANSWERED),
        "a quotation mark that is not closed": (lambda body: body.replace(b"E08000003", b'"E08000003', 1), MISANSWERED),
        "a cell too many": (lambda body: body.replace(b",A,", b",A,A,", 1), MISANSWERED),
        "letters that are no UTF-8": (lambda body: body.replace(b"Normal", b"Norm\xff", 1), MISANSWERED),
    }  # fmt: skip
    for name, (change, becomes) in texts.items():
        yield f"nomis with {name}", Line("nomis", ASKED["nomis"][0], content(change), becomes)
    for value in (
        "-1",
        "1e5",
        "1,000",
        "x",
        "",
        "NaN",
        "0x10",
        "\u0661",
        " 5",
        "5 ",
        "9" * 20,
        "+5",
        "5.",
        ".5",
        "1_0",
    ):
        change = content(lambda body, value=value: body.replace(b",0,287250,", f',0,"{value}",'.encode()))
        yield f"nomis with the figure {value!r}", Line("nomis", ASKED["nomis"][0], change, MISANSWERED)
    definition = "NM_31_1.def.sdmx.json"
    for name, body in {"nothing": b"", "null": b"null", "a list": b"[]", "a page": b"<html>"}.items():
        yield f"nomis whose definition is {name}", Line("nomis", definition, made(content=body), TRUTH)


REPLIES_BY_PROTOCOL = table(_share, _statxplore, _ees, _nomis)
