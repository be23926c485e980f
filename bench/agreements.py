"""The policies that are measured by: those of the gateway, the agreements that the governed lane is asked under, and
as many more as are wanted."""

import shutil
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import orjson

from app.settings import read
from schema.measures import MEASURES

TEXT = """id = "{id}"
version = 1
title = "Made up to be measured by"
kind = "MOU"
status = "ACTIVE"

[parties]
owner = "{owner}"
consumer = "{consumer}"
role = "controller"
contacts = {{ steward = "data.steward@owner.example", data_protection = "data.protection@owner.example" }}

[purpose]
purposes = ["{purpose}"]
statement = "To measure the gateway."
benefits = ["decision-making"]

[scope]
measures = {measures}
breakdowns = {breakdowns}
finest = "{finest}"
roles = ["analyst"]

[legal]
gateways = ["{gateway}"]
lawful_basis = "public-task"

[protection]
data_type = "none"
data_subjects = "None: made-up figures"

[obligations]
profile = "ons-10-5-dominance"
accepted = {accepted}

[security]
classification = "OFFICIAL"
disposal = "Nothing is copied."

[term]
not_before = 2022-04-01
not_after = {year}-04-01
review_by = 2027-04-01
"""
AGREED = {
    "DWP": ("peopleOnUniversalCredit", "searchingForWork", "inWorkOnUniversalCredit"),
    "HMRC": ("furloughedEmployments",),
}
# Owners, what they share and under which law, with whom and for what: every agreement besides is of one of these.
SHARING = {
    ("DWP", "sbeea-2015-78"): ("householdsWithHealthConditions", "searchingForWork", "peopleOnUniversalCredit"),
    ("HMRC", "sbeea-2015-78"): ("payrolledEmployees", "medianMonthlyPay", "furloughedEmployments"),
    ("DfE", "dea-2017-35"): ("apprenticeshipStarts", "adultLearners", "level3CourseEnrolments"),
}
# Terms of the demonstration, and what is open, that treat the same figures otherwise.
OTHERS = ("open", "DSA-003", "DSA-008")
ACCEPTED = ", ".join(f'{{ terms = "{name}", reason = "Made up to be measured by." }}' for name in OTHERS)
CONSUMERS = ("DfE", "DWP")
PURPOSES = ("economic-recovery", "innovation-strategy", "levelling-up", "labour-market-statistics")


def folder(path: Path, more: int = 0) -> Path:
    """The folder of policies, written unless it is there already, with so many agreements more."""
    if path.exists():
        return path
    shutil.copytree(read({}).policies, path, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for owner, measures in AGREED.items():
        _write(path, f"BENCH-{owner}", owner, "DfE", "skills-planning", measures, "sbeea-2015-78", 2028, True)
    shared = [
        (owner, consumer, purpose, measure, gateway)
        for (owner, gateway), measures in SHARING.items()
        for measure, consumer, purpose in product(measures, CONSUMERS, PURPOSES)
        if owner != consumer
    ]
    for at in range(more):
        owner, consumer, purpose, measure, gateway = shared[at % len(shared)]
        _write(path, f"ALSO-{at:05}", owner, consumer, purpose, (measure,), gateway, 2028 + at % 50, False)
    return path


def _write(
    path: Path, name: str, owner: str, consumer: str, purpose: str, measures: Sequence[str], gateway: str, year: int,
    grouped: bool,
) -> None:  # fmt: skip
    finest = max((MEASURES[measure].finest for measure in measures), key=lambda level: level.rank)
    text = TEXT.format(
        id=name, finest=finest, owner=owner, consumer=consumer, purpose=purpose, gateway=gateway, year=year,
        accepted=f"[{ACCEPTED}]", measures=orjson.dumps(measures).decode(),
        breakdowns='[["SEX", "AGE_BAND"]]' if grouped else "[]",
    )  # fmt: skip
    (path / "agreements" / f"{name}.toml").write_text(text)
