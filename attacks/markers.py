"""Markers: whether what stands beside a hidden figure tells why it is hidden."""

import time
from collections import Counter

from attacks.claims import Behaviour
from attacks.table import Table


def markers(table: Table) -> Behaviour:
    """Of each breakdown and level, cells whose status or markers are not those of most that are hidden in it."""
    started, tried, told, kinds = time.perf_counter(), 0, 0, set[tuple[str, ...]]()
    for view in table.views:
        many: Counter[int] = Counter(view.kinds[view.hidden].tolist())
        kinds |= {view.signs[kind] for kind in many}
        tried += many.total()
        told += many.total() - max(many.values(), default=0)
    words = " or ".join(sorted("+".join(kind) for kind in kinds))
    return Behaviour("markers", tried, told, time.perf_counter() - started, f"hidden is {words or 'nothing'}")
