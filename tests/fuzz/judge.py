"""Whether an answer that was made from a mutated reply is right: nobody else's figures touched, no wrong one shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from tests.fuzz.questions import Question
from tests.fuzz.readings import Cell, said, says_without
from tests.fuzz.recording import Served

CODES = frozenset({"DEPARTMENT_UNAVAILABLE", "DEPARTMENT_REFUSED", "DEPARTMENT_MISANSWERED"})
NAMES = {"sex": "SEX", "ageBand": "AGE_BAND", "industry": "INDUSTRY", "familyType": "FAMILY_TYPE",
         "subjectArea": "SUBJECT_AREA", "ethnicity": "ETHNICITY"}  # fmt: skip


def faults(
    protocol: str, question: Question, truth: Mapping[str, Any], response: httpx.Response, served: Sequence[Served]
) -> Iterator[str]:
    """What is wrong with an answer, in a few words each."""
    if response.status_code != 200:
        yield f"status {response.status_code}"
        return
    try:
        answer = json.loads(response.content, parse_constant=_no_constant)
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    if answer.get("data") is None:
        yield "no data"
        return
    yield from _errors(question, truth, answer)
    yield from _others(question, truth["data"], answer["data"])
    failed = {error["path"][-1] for error in answer.get("errors", ()) if error["path"][0] == "own"}
    rows, true_rows = answer["data"]["own"]["nodes"], truth["data"]["own"]["nodes"]
    for row, true in zip(rows, true_rows, strict=True):
        for measure in question.measures:
            shown, right = row[measure], true[measure]
            if shown is None:
                if measure not in failed:
                    yield f"{measure} is null without an error"
                continue
            yield from _figure(protocol, question, row, measure, shown, right, served)


def _figure(
    protocol: str,
    question: Question,
    row: Mapping[str, Any],
    measure: str,
    shown: Any,
    right: Any,
    served: Sequence[Served],
) -> Iterator[str]:
    if shown["value"] is None:
        if not shown["markers"] or shown["status"] == "A":
            yield f"{measure} has no value and no reason: {shown}"
        return
    cell = _cell(question, row, measure, shown)
    if right is not None and shown["value"] == right["value"] and shown["period"] == right["period"]:
        lost = set(right["markers"]) - set(shown["markers"])
        if lost and not says_without(protocol, served, cell, shown["value"], lost):
            yield f"{measure} lost its markers {lost}"
        return
    told = said(protocol, served, cell)
    if shown["value"] not in told:
        true = right and right["value"]
        yield f"{measure} is {shown['value']} where the truth is {true} and the reply says {told or None}"


def _cell(question: Question, row: Mapping[str, Any], measure: str, shown: Any) -> Cell:
    group = {
        NAMES[name]: own["code"] if isinstance(own, dict) else own for name, own in (row.get("group") or {}).items()
    }
    return Cell(question.source, measure, row["area"]["code"], shown["period"]["code"], group, question.rounded)


def unread(protocol: str, question: Question, truth: Mapping[str, Any], served: Sequence[Served]) -> Iterator[str]:
    """Figures of a true answer that the plain reading of true replies does not find: that reading is wrong then."""
    for row in truth["data"]["own"]["nodes"]:
        for measure in question.measures:
            shown = row[measure]
            if shown["value"] is not None:
                cell = _cell(question, row, measure, shown)
                if shown["value"] not in (told := said(protocol, served, cell)):
                    yield f"{cell} is {shown['value']}, read as {told}"


def became(question: Question, truth: Mapping[str, Any], response: httpx.Response) -> str:
    """What all the figures of the fuzzed department became, in a word."""
    answer = response.json()
    pairs = [
        (row[measure], true[measure])
        for row, true in zip(answer["data"]["own"]["nodes"], truth["data"]["own"]["nodes"], strict=True)
        for measure in question.measures
    ]
    if any(shown is None for shown, _ in pairs):
        return "refused"
    if all((shown["value"], shown["markers"]) == (right["value"], right["markers"]) for shown, right in pairs):
        return "the truth"
    other = any(shown["value"] not in (None, right["value"]) for shown, right in pairs)
    return "as the reply says" if other else "marked"


def _others(question: Question, truth: Any, data: Any) -> Iterator[str]:
    """Figures of other departments, in the same rows and in others."""
    for alias in ("own", "others"):
        rows, true_rows = data[alias]["nodes"], truth[alias]["nodes"]
        if len(rows) != len(true_rows):
            yield f"{len(rows)} rows of {alias} in place of {len(true_rows)}"
            continue
        for row, true in zip(rows, true_rows, strict=True):
            for measure in question.others:
                if row[measure] != true[measure]:
                    yield f"others' {measure} differs: {row[measure]}"
                    return


def _errors(question: Question, truth: Any, answer: Any) -> Iterator[str]:
    """Errors: of the fuzzed department's fields alone, of the codes of departments, and with nothing in them that is
    not ours."""
    told = answer.get("errors", [])
    before = truth.get("errors", [])
    if [error for error in told if error["path"][-1] in question.others] != [
        error for error in before if error["path"][-1] in question.others
    ]:
        yield "others' errors differ"
    for error in told:
        if error in before or error["path"][-1] in question.others:
            continue
        extensions = error.get("extensions", {})
        if error["path"][-1] not in question.measures or extensions.get("code") not in CODES:
            yield f"an error of another kind: {error}"
        if len(error["message"]) > 300 or "127.0.0.1" in error["message"] or "Error" in error["message"]:
            yield f"an error that tells too much: {error['message'][:200]}"


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
