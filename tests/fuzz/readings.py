"""What replies say, read by others than the gateway's connectors: plainly, by nothing but the publisher's own format.

A mutation can make of a reply another that nobody could tell from a true one: a digit that is another digit. So a
figure that is shown may differ from the truth, if it is what the replies say of its very cell. Each reader gives the
figures that they say; none, where a reply says that there is none, or says it in a way that is not the publisher's.
"""

import csv
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from math import floor
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from tests.fuzz.recording import Reply, Served

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
SOURCES = {
    path.stem: tomllib.loads(path.read_text()) for path in Path("resolvers/sources").glob("*.toml")
}  # fmt: skip
LEVELS = {"K02": "UK", "E92": "COUNTRY", "E12": "REGION"}


class Cell(NamedTuple):
    """Which figure: `period` as the common model has it, `group`: facet -> member. `rounded`: shown to the nearest 5,
    and only where it describes 10 or more."""

    source: str
    measure: str
    area: str
    period: str
    group: Mapping[str, str]
    rounded: bool = False

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Its dataset in the source file."""
        return next(d for d in SOURCES[self.source]["datasets"] if self.measure in d["measures"])

    @property
    def level(self) -> str:
        """The level of its place."""
        return LEVELS.get(self.area[:3], "LA")


def number(value: object) -> float | None:
    """A JSON number as it is; nothing else is one."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def share(served: Iterable[Served], cell: Cell) -> Iterator[float]:
    """From a node's answers, in JSON or Arrow."""
    for (_, url, _), reply in served:
        if not url.endswith("/query"):
            continue
        found = _of_arrow(reply, cell) if reply.media.endswith("stream") else _of_json(reply, cell)
        for value, status, evidence in found:
            described = (evidence or {}).get("n")
            enough = not cell.rounded or (described is not None and (described >= 10 or described == value == 0))
            if value is not None and enough and status not in ("Q", "M", "O", "L"):
                yield value


def _of_json(reply: Reply, cell: Cell) -> Iterator[tuple[float | None, str, Mapping[str, Any] | None]]:
    body = json.loads(reply.content)
    for answer in body.get("answers", [body]):
        areas, periods, groups = answer["areas"], answer["periods"], answer["groups"]
        group = [cell.group[facet] for facet in answer["by"]]
        if cell.measure not in answer["values"] or cell.area not in areas or group not in groups:
            continue
        at = (areas.index(cell.area) * len(periods) + periods.index(cell.period)) * len(groups) + groups.index(group)
        behind = answer.get("evidence", {}).get(cell.measure)
        evidence = None if behind is None else {kind: number(values[at]) for kind, values in behind.items()}
        yield number(answer["values"][cell.measure][at]), answer["status"][cell.measure][at], evidence


def _of_arrow(reply: Reply, cell: Cell) -> Iterator[tuple[float | None, str, Mapping[str, Any] | None]]:
    reader = pa.BufferReader(reply.content)
    while reader.tell() < len(reply.content):
        for row in pa.ipc.open_stream(reader).read_all().to_pylist():
            if (row["area"], row["period"]) == (cell.area, cell.period) and cell.group.items() <= row.items():
                evidence = {
                    name.rpartition(".")[2]: value for name, value in row.items() if name.startswith(cell.measure)
                }
                yield number(row[cell.measure]), row[f"{cell.measure}.status"], evidence


def statxplore(served: Iterable[Served], cell: Cell) -> Iterator[float]:
    """From tables: the values that are grouped in each item say what it is."""
    return (value for value, _ in tabulated(served, cell))


def tabulated(served: Iterable[Served], cell: Cell) -> Iterator[tuple[float, set[str]]]:
    """A figure of a table, and the keys of what is noted of it: of its items and of itself."""
    dataset = cell.dataset
    measure = dataset["measures"][cell.measure]
    place = dataset["place"]["values"][cell.level].replace("{code}", cell.area)
    month = dataset["time"]["value"].replace("{YYYYMM}", cell.period.replace("-", ""))
    wanted = [{place}, {month}, *({*dataset["facets"][facet]["members"][own]} for facet, own in cell.group.items())]
    for (_, url, _), reply in served:
        if not url.endswith("/table") or dataset["id"] not in str(reply.content):
            continue
        table = json.loads(reply.content)
        cube, keys = table["cubes"][dataset["count"]], set[str]()
        leaf, notes = cube["values"], cube.get("annotations")
        for field in table["fields"]:
            items = [frozenset(item.get("uris") or ()) for item in field["items"]]
            own = [
                at for at, item in enumerate(items) if item in wanted or item == frozenset(measure.get("values", ()))
            ]
            # Of a filter that is not this measure's, everybody is counted.
            at = own[0] if own else max(range(len(items)), key=lambda at: len(items[at]))
            leaf, notes = leaf[at], notes and notes[at]
            keys |= {*(field["items"][at].get("annotationKeys") or ())}
        if (value := number(leaf)) is not None:
            yield value, keys | {*(notes.replace(",", " ").split() if isinstance(notes, str) else notes or ())}


def ees(served: Iterable[Served], cell: Cell) -> Iterator[float]:
    """From rows of a data set, by its own metadata."""
    dataset = cell.dataset
    indicator, level = dataset["measures"][cell.measure]["indicator"], dataset["levels"][cell.level]
    year = f"{cell.period[:4]}/{int(cell.period[:4]) + 1}" if dataset["time"] == "AY" else cell.period
    labels = {dataset["facets"][f]["filter"]: dataset["facets"][f]["members"][m] for f, m in cell.group.items()}
    metadata = [reply for (_, url, _), reply in served if dataset["id"] in url and "/meta" in url]
    rows = [reply for (method, url, _), reply in served if dataset["id"] in url and method == "POST"]
    for described in map(json.loads, (reply.content for reply in metadata)):
        ids = {i["id"] for i in described["indicators"] if indicator in (i.get("column"), i.get("label"))}
        options = {
            f["id"]: {o["id"]: o["label"] for o in f["options"]} | {"": f.get("column", f.get("label"))}
            for f in described["filters"]
        }
        groups = [g["options"] for g in described["locations"] if level in (g["level"], _code(g["level"]))]
        places = {option["id"] for group in groups for option in group if option.get("code") == cell.area}
        for row in (row for reply in rows for row in json.loads(reply.content)["results"]):
            told = {options[f][""]: options[f][o] for f, o in row["filters"].items()}
            if row["geographicLevel"] != level or row["locations"][level] not in places:
                continue
            if row["timePeriod"] != {"code": dataset["time"], "period": year}:
                continue
            if all(_same(label, labels.get(name, "Total")) for name, label in told.items()):
                for own in ids & row["values"].keys():
                    if (value := _written(row["values"][own])) is not None:
                        yield value


def _code(level: Any) -> Any:
    return level.get("code") if isinstance(level, dict) else None


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _written(text: object) -> float | None:
    """A number, or one with its symbols in brackets behind it."""
    bare = text.partition("[")[0].strip() if isinstance(text, str) else ""
    return float(bare) if DECIMAL.fullmatch(bare) else number(text)


def nomis(served: Iterable[Served], cell: Cell) -> Iterator[float]:
    """From rows of a dataset, by the names of their columns."""
    dataset = cell.dataset
    measure = dataset["measures"][cell.measure]
    codes = {**dataset.get("pins", {}), **measure.get("codes", {})}
    for facet, member in cell.group.items():
        table = dataset["facets"][facet]
        code = measure["members"][member] if member in measure.get("members", {}) else table["members"][member]
        codes |= code if isinstance(code, dict) else {table["concept"]: code}
    codes = {f["concept"]: f["total"] for f in dataset.get("facets", {}).values() if "total" in f} | codes
    date = cell.period.replace("-Q3", "-09").replace("-Q4", "-12")
    date = f"{date}-12" if dataset.get("time") == "%Y-%m" and len(date) == 4 else date
    wanted = {"geography_code": cell.area, **codes}
    for (_, url, _), reply in served:
        if f"{dataset['id']}.data." not in url:
            continue
        for row in _of_csv(reply) if "csv" in url else _of_observations(reply):
            dates = {row.get(name) for name in ("date", "date_code", "time", "time_code")}
            shown = row.get("obs_status", "").strip().upper() not in ("Q", "M", "L", "O", "")
            shown &= row.get("obs_conf", "").strip() in ("", "F")
            its = date in dates and all(row.get(name) == code for name, code in wanted.items())
            if shown and its and (value := _written(row["obs_value"])) is not None:
                yield value


def _of_csv(reply: Reply) -> Iterator[Mapping[str, Any]]:
    text = reply.content.decode("utf-8-sig").replace("\r\n", "\n")
    head, _, body = text.partition("\n")
    names = [name.strip().lower() for name in next(csv.reader([head]))]
    return (dict(zip(names, row, strict=True)) for row in csv.reader(StringIO(body)) if row)


def _of_observations(reply: Reply) -> Iterator[Mapping[str, Any]]:
    told = json.loads(reply.content)["obs"]
    for observation in told if isinstance(told, list) else [told]:
        row = {k.lower(): v["value"] if isinstance(v, dict) else v for k, v in observation.items()}
        place = {k.lower(): v for k, v in observation.items()}.get("geography")
        code = place.get("geogcode") if isinstance(place, dict) else None
        value = row.pop("obs_value")
        yield {**{k: "" if v is None else str(v) for k, v in row.items()}, "geography_code": code, "obs_value": value}


READERS: Mapping[str, Callable[[Iterable[Served], Cell], Iterator[float]]] = {
    "share": share, "statxplore": statxplore, "ees": ees, "nomis": nomis,
}  # fmt: skip


def said(protocol: str, served: Iterable[Served], cell: Cell) -> set[float]:
    """The figures that replies say a cell has; what cannot be read says nothing."""
    found: set[float] = set()
    try:
        for value in READERS[protocol](list(served), cell):
            found.add(floor(value / 5 + 0.5) * 5 if cell.rounded else value)
    except Exception:
        return found
    return found


def says_without(protocol: str, served: Iterable[Served], cell: Cell, value: float, markers: Iterable[str]) -> bool:
    """Whether replies give a figure without what was noted of it: of Stat-Xplore alone can that be told."""
    try:
        tables = list(tabulated(served, cell)) if protocol == "statxplore" else []
    except Exception:
        return False
    return any(told == value and keys.isdisjoint(markers) for told, keys in tables)
