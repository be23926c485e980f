"""What must be answered before an agreement can be submitted: the questions of the Government Digital Service's data
share request (Open Government Licence v3.0), by the keys of the record, and what is wrong with the answers."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from policies import terms
from policies.agreement_content import table_of
from policies.agreement_file import NESTED, AgreementRecord, Known, too_fine, uncarried, unowned, unpublished
from policies.caller import PURPOSES, ROLES
from policies.errors import PolicyError
from reference.area import AreaLevel
from reference.facets import Facet
from reference.london import from_london
from reference.measure import DepartmentCode
from reference.strict_file import check


@dataclass(frozen=True, slots=True)
class Question:
    """One key of the record. `step`: of the data share request, empty where the question is ours. `problem`: what is
    wrong with its answer, empty where there is none yet or nothing is wrong."""

    key: str
    text: str
    step: str = ""
    allowed: tuple[str, ...] = ()
    answered: bool = True
    problem: str = ""


QUESTIONS = (
    Question("title", "What is the agreement called?"),
    Question("kind", "What kind of agreement is it?", "", tuple(terms.KINDS)),
    Question("parties.owner", "Which department shares?"),
    Question("parties.consumer", "Which organisation receives?"),
    Question(
        "parties.role", "Is the receiver a controller, a joint controller or a processor?", "role", terms.PARTY_ROLES
    ),
    Question("parties.contacts.steward", "Where do questions about the agreement go?"),
    Question("parties.contacts.data_protection", "Where is the data protection officer reached?"),
    Question("parties.other_organisations", "Which other organisations will have access?", "other-orgs"),
    Question("purpose.purposes", "For which purposes of the Trust?", "", tuple(PURPOSES)),
    Question("purpose.statement", "What are the aims, and how will the data help?", "project-aims"),
    Question("purpose.benefits", "What is the public benefit?", "benefits", terms.BENEFITS),
    Question("purpose.impact", "What happens if the data is not shared?", "impact"),
    Question("scope.measures", "Which measures?", "data-required"),
    Question("scope.breakdowns", "By which facets together?", "data-required"),
    Question("scope.finest", "Down to which level of place?", "data-required", tuple(level.value for level in NESTED)),
    Question("scope.roles", "For people in which roles?", "data-access", tuple(ROLES)),
    Question("legal.powers", "Which legal power does the receiver have?", "legal-power"),
    Question("legal.gateways", "Which legal gateways carry the measures?", "legal-gateway"),
    Question("legal.review", "Who with legal knowledge has reviewed it?", "legal-review"),
    Question(
        "legal.lawful_basis", "What is the lawful basis under Article 6?", "lawful-basis-personal", terms.LAWFUL_BASES
    ),
    Question(
        "legal.special_category_condition",
        "Which condition of Article 9 applies?",
        "lawful-basis-special",
        terms.SPECIAL_CATEGORY_CONDITIONS,
    ),
    Question("protection.data_type", "What type of data is it?", "data-type", terms.DATA_TYPES),
    Question("protection.data_subjects", "Who are the data subjects?", "data-subjects"),
    Question("protection.impact_assessment", "Which data protection impact assessment covers it?"),
    Question("protection.international_transfer", "Will the data leave the United Kingdom?", "data-travel"),
    Question("protection.review", "Which data protection specialist has reviewed it?", "protection-review"),
    Question("obligations", "How are the figures protected?"),
    Question("security.classification", "How is the data classified?", "", terms.CLASSIFICATIONS),
    Question("security.disposal", "What happens to the data at the end?", "disposal"),
    Question("security.review", "Who has reviewed governance and security?", "security-review"),
    Question("term.not_before", "From when?", "date"),
    Question("term.not_after", "Until when?", "date"),
    Question("term.review_by", "To be reviewed by when?"),
)
_SECTIONS = ("parties", "purpose", "scope", "legal", "protection", "obligations", "security", "term")


def questions(content: Mapping[str, Any], known: Known) -> list[Question]:
    """Every question, with whether it is answered and what is wrong with the answer; and a question for each other key
    that is wrong."""
    wrong = problems(content, known)
    asked = [
        Question(
            one.key, one.text, one.step, _allowed(one, content, known), one.key not in wrong, wrong.pop(one.key, "")
        )
        for one in QUESTIONS
        if one.key in wrong or _value(content, one.key) is not None
    ]
    return [*asked, *(Question(key, f"What should {key} be?", "", (), False, words) for key, words in wrong.items())]


def missing(content: Mapping[str, Any], known: Known) -> list[Question]:
    """The questions that keep an agreement from being submitted or approved."""
    return [question for question in questions(content, known) if not question.answered]


def problems(content: Mapping[str, Any], known: Known) -> dict[str, str]:
    """What is missing or wrong, in words by key: all of it at once."""
    empty: dict[str, Any] = {section: {} for section in _SECTIONS}
    table: dict[str, Any] = {**empty, **table_of(content), "status": "DRAFT"}
    if isinstance(table["parties"], Mapping):
        table["parties"] = {"contacts": {}, **cast(Mapping[str, Any], table["parties"])}
    found: dict[str, str] = {}
    try:
        check(table, AgreementRecord, PolicyError, context=known)
    except PolicyError as error:
        for sentence in error.problems:
            key, _, words = sentence.partition(" ")
            found.setdefault(key.partition("[")[0], words)
    if not table["obligations"]:
        found.setdefault("obligations", "must say at least one.")
    for key, words in (*_unlawful(content, known), *_disordered(table.get("term"))):
        found.setdefault(key, words)
    return found


def _unlawful(content: Mapping[str, Any], known: Known) -> Iterable[tuple[str, str]]:
    """What does not fit together in owner, consumer, measures, laws and scope: told also while something else is
    wrong."""
    owner, consumer = _value(content, "parties.owner"), _value(content, "parties.consumer")
    named = [name for name in _listed(content, "scope.measures") if name in known["measures"]]
    laws = [law for law in _listed(content, "legal.gateways") if law in known["gateways"]]
    if not named or owner not in set(DepartmentCode):
        return
    for words, _ in unowned(owner, named, known):
        yield "scope.measures", words
    if laws and isinstance(consumer, str) and (lacking := uncarried(owner, consumer, named, laws, known)):
        yield "legal.gateways", lacking
    finest = _value(content, "scope.finest")
    if finest in set(NESTED) and (words := too_fine(AreaLevel(finest), named, owner, known)):
        yield "scope.finest", words
    breakdowns = [one for one in _listed(content, "scope.breakdowns") if set(one) <= set(Facet)]
    for words, _ in unpublished(breakdowns, named, known):
        yield "scope.breakdowns", words


def _disordered(term: object) -> Iterable[tuple[str, str]]:
    """A term that ends before it begins, told also while it lacks a day of review."""
    days: Mapping[str, Any] = cast(Mapping[str, Any], term) if isinstance(term, Mapping) else {}
    first, last = days.get("not_before"), days.get("not_after")
    if isinstance(first, date) and isinstance(last, date):
        with suppress(ValueError):
            if from_london(first) >= from_london(last):
                yield "term.not_before", f"({first}) must be earlier than not_after ({last})."


def _listed(content: Mapping[str, Any], key: str) -> list[Any]:
    """The list that a content holds under a key; empty where it holds none."""
    held = _value(content, key)
    return cast(list[Any], held) if isinstance(held, list) else []


def _allowed(question: Question, content: Mapping[str, Any], known: Known) -> tuple[str, ...]:
    """The answers that a question may have, where they are a list."""
    if question.key == "legal.gateways":
        owner, consumer = _value(content, "parties.owner"), _value(content, "parties.consumer")
        measures = [name for name in _value(content, "scope.measures") or () if name in known["measures"]]
        carry = known["gateways"].items()
        return tuple(
            name for name, law in carry if measures and any(law.carries(one, owner, consumer) for one in measures)
        )
    if question.key == "obligations":
        return tuple(f"profile {name}" for name in known["profiles"])
    return question.allowed


def _value(content: Mapping[str, Any], key: str) -> Any:
    """What a content holds under a key; None where it holds nothing."""
    held: Any = content
    for step in key.split("."):
        held = cast(Mapping[str, Any], held).get(step) if isinstance(held, Mapping) else None
    return held
