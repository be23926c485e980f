"""What a reader of everything that is published can say of a hidden cell: its least and its greatest possible figure.

Of one period, by linear programmes over all tables at once, with published figures as they are and not as rounded. It
shares nothing with how the pattern was chosen but the relations.
"""

from collections.abc import Iterator, Sequence

import highspy
import numpy as np

from departments.protect.family import Cells, Floats
from departments.protect.relations import Relations
from departments.protect.solver import quiet


def intervals(
    hidden: Cells, relations: Relations, figures: Floats, cells: Sequence[int]
) -> Iterator[tuple[float, float]]:
    """The bounds of each of some hidden cells. `hidden`, `figures`: over all cells of the relations, in one period."""
    solver, column = _solver(hidden, relations, figures), np.cumsum(hidden) - 1
    for cell in cells:
        yield _extreme(solver, int(column[cell]), 1), _extreme(solver, int(column[cell]), -1)


def _extreme(solver: highspy.Highs, column: int, cost: int) -> float:
    solver.changeColCost(column, cost)
    solver.run()
    status, value = solver.getModelStatus(), solver.getInfo().objective_function_value
    solver.changeColCost(column, 0)
    if status == highspy.HighsModelStatus.kOptimal:
        return cost * value
    # Without a bound; whatever else it is, nothing has been shown.
    unbounded = {highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible}
    return -cost * np.inf if status in unbounded else np.nan


def _solver(hidden: Cells, relations: Relations, figures: Floats) -> highspy.Highs:
    """Hidden figures are 0 or more; in each relation they make up what the published ones leave."""
    column = np.cumsum(hidden) - 1
    starts, indices, weights, sides = [0], list[int](), list[float](), list[float]()
    for cells in relations.each:
        sign = np.ones(len(cells))
        sign[0] = -1
        unknown = hidden[cells]
        if unknown.any():
            indices += column[cells[unknown]].tolist()
            weights += sign[unknown].tolist()
            starts.append(len(indices))
            sides.append(-float(sign[~unknown] @ figures[cells[~unknown]]))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = int(hidden.sum()), len(sides)
    lp.col_cost_, lp.col_lower_ = np.zeros(lp.num_col_), np.zeros(lp.num_col_)
    lp.col_upper_ = np.full(lp.num_col_, np.inf)
    lp.row_lower_ = lp.row_upper_ = np.array(sides)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = (
        np.array(starts),
        np.array(indices),
        np.array(weights),
    )
    solver = quiet()
    solver.passModel(lp)
    return solver
