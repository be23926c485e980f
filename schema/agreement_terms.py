"""The terms of an agreement as a caller writes them: the keys of its record, each of which may be left out."""

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from policies.agreement_content import Content
from reference.area import AreaLevel
from reference.facets import Facet
from reference.measure import DepartmentCode
from schema.vocabulary import AreaCode


def _term(kind: Any, description: str, name: str | None = None) -> Any:
    """A key that may be left out, or given as null to take it out."""
    return strawberry.field(description=description, default=strawberry.UNSET, name=name)


@strawberry.input(description="Addresses of roles, not of people.")
class ContactsTerms:
    steward: str | None = _term(str, "Who answers questions about the agreement.")
    data_protection: str | None = _term(str, "The data protection officer.")
    information_asset_owner: str | None = _term(str, "Who is accountable for the data.")
    legal: str | None = _term(str, "Who advises on powers and gateways.")
    technical: str | None = _term(str, "Who runs the department's endpoint.")


@strawberry.input(description="Who shares with whom.")
class PartiesTerms:
    owner: DepartmentCode | None = _term(DepartmentCode, "The department that shares.")
    consumer: str | None = _term(str, "The organisation that receives; by default yours.")
    role: str | None = _term(str, "Controller, joint or processor: one of these words in lower case.")
    contacts: ContactsTerms | None = _term(ContactsTerms, "Whom to ask.")
    other_organisations: list[str] | None = _term(list, "Others that will have access.")


@strawberry.input(description="What the figures are for.")
class PurposeTerms:
    purposes: list[str] | None = _term(list, "Purposes of the Trust.")
    statement: str | None = _term(str, "The aims, and how the data will help.")
    benefits: list[str] | None = _term(list, "Kinds of public benefit.")
    prohibited_uses: list[str] | None = _term(list, "What the figures may not be used for.")
    impact: str | None = _term(str, "What happens if the data is not shared.")


@strawberry.input(description="Which figures: measures, facets, places, periods, and for whom.")
class ScopeTerms:
    measures: list[str] | None = _term(list, "Names of fields of LabourMarket.")
    breakdowns: list[list[Facet]] | None = _term(list, "Sets of facets that figures may be broken down by together.")
    finest: AreaLevel | None = _term(AreaLevel, "The finest of UK, COUNTRY, REGION and LA.")
    levels: list[AreaLevel] | None = _term(list, "COMBINED_AUTHORITY or LSIP besides.")
    within: AreaCode | None = _term(AreaCode, "The place that it is limited to.")
    from_: str | None = _term(str, "The first day that figures may describe, as in 2019-01-01.", "from")
    to: str | None = _term(str, "The last day that figures may describe.")
    roles: list[str] | None = _term(list, "Roles of those who may read.")


@strawberry.input(description="Who has looked at it, in what office, and when.")
class ReviewTerms:
    by: str | None = _term(str, "Who.")
    on: str | None = _term(str, "The day.")


@strawberry.input(description="Under which law.")
class LegalTerms:
    gateways: list[str] | None = _term(list, "Legal gateways, by their ids in the register.")
    lawful_basis: str | None = _term(str, "Lawful basis under Article 6 of the UK GDPR.")
    powers: list[str] | None = _term(list, "Legal powers of the consumer.")
    special_category_condition: str | None = _term(str, "Condition of Article 9, for special data.")
    review: ReviewTerms | None = _term(ReviewTerms, "Who with legal knowledge has reviewed it.")


@strawberry.input(description="What data-protection law wants to know.")
class ProtectionTerms:
    data_type: str | None = _term(str, "One of personal, special and none.")
    data_subjects: str | None = _term(str, "Who the data is about.")
    impact_assessment: str | None = _term(str, "The data protection impact assessment that covers it.")
    international_transfer: str | None = _term(str, "Where the data goes outside of the United Kingdom.")
    review: ReviewTerms | None = _term(ReviewTerms, "Which data protection specialist has reviewed it.")


@strawberry.input(description="Low counts that are suppressed.")
class SuppressionTerms:
    fewer_than: int = strawberry.field(description="Cells that describe fewer than so many.")
    zeros: bool = strawberry.field(description="Cells that describe nobody as well.", default=False)


@strawberry.input(description="Cells that are suppressed because few contribute or one dominates.")
class DominanceTerms:
    contributors: int = strawberry.field(description="Cells with fewer contributors.")
    percent: float = strawberry.field(
        description="Cells where all but the largest two come to less than this percentage of the largest."
    )


@strawberry.input(description="Terms that these contradict, and why their owner lets them.")
class AcceptedTerms:
    terms: str = strawberry.field(description="An agreement by its id, or open: what everyone may read.")
    reason: str = strawberry.field(description="Why what is hidden by the one stays hidden beside the other.")


@strawberry.input(description="What is done to figures before they are shown.")
class ObligationsTerms:
    profile: str | None = _term(str, "A named set of obligations.")
    suppress_below: SuppressionTerms | None = _term(SuppressionTerms, "Suppress low counts.")
    dominance: DominanceTerms | None = _term(DominanceTerms, "Suppress dominated cells.")
    round_to: int | None = _term(int, "Round to the nearest multiple.")
    round_by_size: list[list[int]] | None = _term(list, "Pairs: from this value on, to the nearest.")
    accepted: list[AcceptedTerms] | None = _term(list, "Other terms for the same figures that these contradict.")


@strawberry.input(description="How the figures are kept, and how that ends.")
class SecurityTerms:
    classification: str | None = _term(str, "OFFICIAL.")
    disposal: str | None = _term(str, "What happens to the data at the end.")
    stale_answers: bool | None = _term(bool, "Whether the last answer may be shown while the owner cannot be asked.")
    review: ReviewTerms | None = _term(ReviewTerms, "Who has reviewed governance and security.")


@strawberry.input(description="From when until when. A day begins and ends by the clocks of London.")
class TermTerms:
    not_before: str | None = _term(str, "In force from this day or moment.")
    not_after: str | None = _term(str, "In force until, and not at, this day or moment.")
    review_by: str | None = _term(str, "To be reviewed by this day; suspended when it has passed.")


@strawberry.input(
    description="Terms of an agreement, by the keys of its record. What is left out stays; null takes a key out."
)
class AgreementTerms:
    title: str | None = _term(str, "What it is called.")
    kind: str | None = _term(str, "MOU, DUA, ISA or BAND.")
    supersedes: str | None = _term(str, "The agreement that it takes the place of.")
    reference: str | None = _term(str, "Its number elsewhere.")
    parties: PartiesTerms | None = _term(PartiesTerms, "Who shares with whom.")
    purpose: PurposeTerms | None = _term(PurposeTerms, "For what.")
    scope: ScopeTerms | None = _term(ScopeTerms, "Which figures.")
    legal: LegalTerms | None = _term(LegalTerms, "Under which law.")
    protection: ProtectionTerms | None = _term(ProtectionTerms, "Data protection.")
    obligations: ObligationsTerms | None = _term(ObligationsTerms, "What is done to figures; replaced as a whole.")
    security: SecurityTerms | None = _term(SecurityTerms, "How figures are kept.")
    term: TermTerms | None = _term(TermTerms, "From when until when.")


def content_of_terms(terms: AgreementTerms | None) -> Content:
    """Terms as keys and values of a record; a key given as null is None."""
    return cast(Content, _plain(terms)) if terms is not None else {}


def as_input(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content as the input AgreementTerms is written in JSON."""
    return {to_camel_case(key): _as_input(key, value) for key, value in content.items() if key not in ("id", "version")}


def _as_input(key: str, value: object) -> object:
    # A record may give the number alone.
    if key == "suppress_below" and isinstance(value, int):
        return {"fewerThan": value}
    return as_input(cast(Mapping[str, Any], value)) if isinstance(value, Mapping) else value


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case list():
            return [_plain(item) for item in cast(list[object], value)]
        case _ if hasattr(value, "__strawberry_definition__"):
            given = {field.name.rstrip("_"): getattr(value, field.name) for field in fields(cast(Any, value))}
            return {key: _plain(item) for key, item in given.items() if item is not strawberry.UNSET}
        case _:
            return value
