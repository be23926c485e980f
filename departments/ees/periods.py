"""Time periods as the API writes them."""

import re

CODES = (
    "AY", *(f"AYQ{n}" for n in range(1, 5)), "T1", "T1T2", "T2", "T3", "CY", *(f"CYQ{n}" for n in range(1, 5)),
    "RY", "P1", "P2", "FY", *(f"FYQ{n}" for n in range(1, 5)), "TY", *(f"TYQ{n}" for n in range(1, 5)),
    *(f"W{n}" for n in range(1, 53)), *(f"M{n}" for n in range(1, 13)),
)  # fmt: skip


def read_period(text: str) -> str | None:
    """A year, or two consecutive years written in full; None for anything else."""
    years = re.fullmatch(r"(\d{4})(?:/(\d{4}))?", text)
    return text if years and (years[2] is None or int(years[2]) == int(years[1]) + 1) else None
