"""HiGHS, as both the choice of a pattern and its audit use it."""

import os

import highspy


def quiet() -> highspy.Highs:
    """A solver that prints nothing, and goes the same way every time."""
    # It tells its version as soon as there is one, before it can be asked not to.
    standard, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highs = highspy.Highs()
    finally:
        os.dup2(standard, 1)
        os.close(standard)
        os.close(nowhere)
    for option, value in {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1}.items():
        highs.setOptionValue(option, value)
    return highs
