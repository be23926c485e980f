"""The terms that go with a file, read from the answer that it is made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.columnar import AnswerColumns
from app.operation import Outcome
from app.receipts import PATH
from app.render.about import About, MeasureTerms, Note, UnderAgreement, note_of
from app.tabular.columns import NO_VALUE
from app.tabular.reasons import Reasons
from policies.agreement import Agreement
from policies.decision import AgreementRef
from reference.area import Gazetteer
from reference.facets import Facet
from reference.figure import Unit
from reference.measure import Measures
from resolvers.market_selection import Fill, MarketSelection
from resolvers.stitch import Figures, Sheet
from schema import origin
from schema.measures import MEASURES
from schema.selection import Key
from schema.vocabulary import MARKERS, UNITS

# Measures that the name of a file names; of more it says how many.
NAMED = 3
# Notes on single figures that are told of a measure.
SAID = 10


def about(
    outcome: Outcome,
    problems: Sequence[Mapping[str, Any]],
    lists: Mapping[str, Key],
    log: str,
    chosen: str | None,
    file: str,
) -> About:
    """The terms of a file. `problems`: the errors of the answer, as JSON. `lists`: the lists in the file, with their
    response keys. `log`: the origin of the log. `chosen`: the one list, where it holds one. `file`: its name, or its
    address."""
    request = outcome.request
    sheets = list(_sheets(outcome.columns, lists.values()))
    reasons = Reasons(problems)
    gazetteer = outcome.columns.context.gazetteer if outcome.columns else None
    told = dict.fromkeys(_contents(sheet.demand, gazetteer) for sheet in sheets)
    contents = "; ".join(told) or ", ".join(lists)
    return About(
        file=file,
        title=_title(sheets) or f"{', '.join(lists)}",
        contents=contents,
        answered_at=request.now,
        organisation=request.caller.organisation,
        purpose=request.purpose,
        receipt=PATH + request.id,
        log=log,
        query=request.text,
        operation=request.operation,
        variables=request.variables or {},
        measures=list(_measures(sheets, outcome.agreements, reasons, MEASURES)),
        notes=[*map(note_of, problems), *(_warning(one.message, one.path, one.remedy) for one in outcome.warnings)],
        markers=MARKERS if sheets else {},
        list=chosen,
    )


def file_name(columns: AnswerColumns | None, lists: Mapping[str, Key]) -> str:
    """What a file is called, without its extension: its measures, places, periods and facets, or its lists. ASCII."""
    sheets = list(_sheets(columns, lists.values()))
    if not sheets:
        return "_".join(lists) or "answer"
    measures = list(dict.fromkeys(name for sheet in sheets for name in sheet.demand.measures))
    named = "-".join(measures) if len(measures) <= NAMED else f"{len(measures)}-measures"
    demand = sheets[0].demand
    facets = "-".join(["by", *(facet.value.lower().replace("_", "-") for facet in demand.by)]) if demand.by else ""
    parts = (named, _places(demand, "-"), "--".join(_ends(demand)).replace("/", "-"), facets)
    return "_".join(part for part in parts if part)


def _sheets(columns: AnswerColumns | None, keys: Iterable[Key]) -> Iterator[Sheet]:
    """The grids that lists show, or stand in."""
    if columns is None:
        return
    wanted = list(keys)
    for key, grid in columns.context.grids.items():
        if any(path[: len(key)] == key for path in wanted):
            yield grid.sheet


def _title(sheets: Sequence[Sheet]) -> str:
    titles = list(dict.fromkeys(MEASURES[name].title for sheet in sheets for name in sheet.demand.measures))
    more = f" and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    return ", ".join(titles[:NAMED]) + more


def _contents(demand: MarketSelection, gazetteer: Gazetteer | None) -> str:
    """The places, periods and facets of a grid, in a sentence's part."""
    facets = ", by " + " and ".join(_facet(facet) for facet in demand.by) if demand.by else ""
    fill = ", with the newest figure of longer periods on every row" if demand.fill is Fill.LATEST else ""
    place = f"{gazetteer[demand.areas[0]].name} ({demand.areas[0]})" if gazetteer and len(demand.areas) == 1 else None
    return f"{place or _places(demand, ' ')}, {' to '.join(_ends(demand))}{facets}{fill}"


def _facet(facet: Facet) -> str:
    return facet.value.lower().replace("_", " ")


def _places(demand: MarketSelection, between: str) -> str:
    areas = demand.areas
    return areas[0] if len(areas) == 1 else f"{len(areas)}{between}places"


def _ends(demand: MarketSelection) -> tuple[str, ...]:
    codes = [period.code for period in demand.periods]
    return (codes[0], codes[-1]) if len(codes) > 1 else tuple(codes)


def _measures(
    sheets: Sequence[Sheet],
    agreements: Mapping[AgreementRef, Agreement],
    reasons: Reasons,
    measures: Measures,
) -> Iterator[MeasureTerms]:
    for sheet in sheets:
        for name, paths in sheet.demand.measures.items():
            measure, figures = measures[name], sheet.figures.get(name)
            terms = MeasureTerms(
                name,
                [str(path[-1]) for path in paths],
                measure.title,
                measure.description,
                UNITS[Unit(measure.unit).name],
                measure.owner.value,
                measure.producer,
            )
            if figures is None:
                at = tuple(0 if isinstance(step, int) else step for step in paths[0])
                yield replace(terms, withheld=reasons.at(at) or NO_VALUE)
            else:
                yield replace(terms, **_provenance(figures, agreements))


def _provenance(figures: Figures, agreements: Mapping[AgreementRef, Agreement]) -> dict[str, Any]:
    refs = (agreements.get(ref) for ref in figures.origin.agreements)
    notes = list(dict.fromkeys(figures.column.notes.values()))
    said = [f"Of some figures: {note}" for note in notes[:SAID]]
    said += [f"Of some figures: {len(notes) - SAID} notes more, which are beside them"] if len(notes) > SAID else []
    return {
        "dataset": origin.dataset(figures),
        "release": origin.release(figures),
        "source": origin.source(figures),
        "licence": origin.licence(figures),
        "retrieved_at": figures.origin.retrieved_at,
        "agreements": [UnderAgreement(one.id, one.version, one.title) for one in refs if one],
        "treatment": [*figures.origin.treatment, *said],
    }


def _warning(message: str, path: Sequence[str], remedy: str) -> Note:
    return Note("WARNING", ".".join(path), message, remedy)
