"""What of an answer was read under which agreement."""

from collections.abc import Mapping, Sequence

import numpy as np

from policies.decision import AgreementRef, Grant
from reference.figure import Marker
from resolvers.plan import Plan
from resolvers.stitch import Sheet
from trust.entry import Use


def uses_of(plan: Plan, sheets: Mapping[tuple[str, ...], Sheet]) -> Sequence[Use]:
    """For each agreement the figures that were shown under it, and how many of them are suppressed."""
    counts: dict[AgreementRef, tuple[int, int]] = {}
    for demand, field in plan.fields:
        grant = field.decision
        figures = sheets[demand.key].figures.get(field.measure.name)
        if figures is None or not isinstance(grant, Grant):
            continue
        start, stop = demand.window
        hidden = int(np.count_nonzero(figures.column.markers.reshape(-1)[start:stop] & int(Marker.c)))
        for ref in grant.agreements:
            shown, suppressed = counts.get(ref, (0, 0))
            counts[ref] = (shown + stop - start, suppressed + hidden)
    return tuple(Use(*ref, *counted) for ref, counted in counts.items())
