"""What would be decided otherwise, for people as lines of text, and for programs as plain JSON values."""

from collections.abc import Iterable, Sequence
from typing import Any

from policies.difference import Change, Terms
from policies.places import Places
from policies.spans import Spans
from reference.area import Gazetteer


def lines(changes: Iterable[Change], places: Gazetteer) -> list[str]:
    """One line for each."""
    return [_line(change, places) for change in changes]


def plain(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """One object for each. Bounds of periods that say nothing are null."""
    return [
        {
            "organisation": change.organisation,
            "outcome": change.outcome.name,
            "roles": [list(several) for several in change.roles],
            "purposes": list(change.purposes),
            "measures": list(change.measures),
            "levels": [[level.value for level in several] for several in change.levels],
            "breakdowns": [[facet.value for facet in facets] for facets in change.breakdowns],
            "periods": [_span(span) for span in change.periods],
            "within": [_where(places) for places in change.within],
            "before": _terms(change.before),
            "after": _terms(change.after),
        }
        for change in changes
    ]


def _line(change: Change, places: Gazetteer) -> str:
    facets = [f"by {' and '.join(facets)}" if facets else "without facets" for facets in change.breakdowns]
    return (
        f"{change.organisation}, as {_several(change.roles)}, for {' or '.join(change.purposes)}: "
        f"{', '.join(change.measures)} {change.outcome}, for {_several(change.levels)}, {' or '.join(facets)}, "
        f"{' or '.join(span.words for span in change.periods)}, "
        f"{' or '.join(one.words(places) for one in change.within)}. "
        f"Before: {_told(change.before)}. After: {_told(change.after)}."
    )


def _told(terms: Terms | None) -> str:
    """Terms, as a sentence goes on."""
    if terms is None:
        return "refused"
    under = " and ".join(f"{ref.id} version {ref.version}" for ref in terms.agreements) or "no agreement"
    return f"under {under}, {_treatment(terms)}"


def _treatment(terms: Terms) -> str:
    words = [obligation.words for obligation in terms.obligations]
    return "; ".join(text[0].lower() + text[1:] for text in words) or "as it is"


def _several(sets: Sequence[Sequence[str]]) -> str:
    """Alternatives, of which some are several together."""
    return " or ".join(" with ".join(one) for one in sets)


def _span(span: Spans) -> dict[str, str | None]:
    return {
        "from": span.first_from.isoformat(),
        "to": span.last_to.isoformat(),
        "begin_by": span.first_to.isoformat() if span.begins_early else None,
        "end_from": span.last_from.isoformat() if span.ends_late else None,
    }


def _where(places: Places) -> dict[str, list[str]]:
    return {"inside": list(places.inside), "outside": list(places.outside)}


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    return terms and {
        "agreements": [{"id": ref.id, "version": ref.version} for ref in terms.agreements],
        "obligations": [obligation.words for obligation in terms.obligations],
    }
