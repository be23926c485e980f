"""The record of a data-sharing agreement: its keys, what each may hold, and what makes them agree."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self, TypedDict, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from policies import terms
from policies.caller import PARTNERS, PURPOSES, ROLES
from policies.obligation import Obligations, Profile
from policies.register import LegalGateway
from reference.area import AreaLevel, Gazetteer
from reference.facets import Facet
from reference.london import from_london, london_day
from reference.measure import DepartmentCode, Measures
from reference.place_names import place_names
from reference.strict_file import Count, Day, Invalid, Listed, Section, Some, Tables, Text, Word, among, known_in

NESTED = (AreaLevel.UK, AreaLevel.COUNTRY, AreaLevel.REGION, AreaLevel.LA)
NOT_NESTED = (AreaLevel.COMBINED_AUTHORITY, AreaLevel.LSIP)
FIRST, LAST = date(1990, 1, 1), date(2099, 12, 31)


class AgreementStatus(StrEnum):
    """Where an agreement is in its life."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    APPROVED = "APPROVED"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    SUPERSEDED = "SUPERSEDED"
    CANCELLED = "CANCELLED"


def _moment(written: object) -> datetime:
    """A moment in UTC. A date is its first moment in London, and a time without an offset is by London's clocks."""
    if not isinstance(written, date):
        raise Invalid(f"must be a date, as in 2024-03-31, not {written!r}.")
    if isinstance(written, datetime) and written.microsecond:
        raise Invalid(f"must be a moment in whole seconds, not {written}.")
    try:
        return from_london(written)
    except ValueError as error:
        raise Invalid(f"must have an offset, as in {written}Z: {error}.") from error


def _role_address(address: str) -> str:
    """An address. Raises Invalid where it is none."""
    if "@" not in address:
        raise Invalid(f'must be the address of a role, as in steward@dwp.example, not "{address}".')
    return address


class Known(TypedDict):
    """What a record is checked against: the context of the check."""

    measures: Measures
    gazetteer: Gazetteer
    profiles: Mapping[str, Profile]
    gateways: Mapping[str, LegalGateway]


Moment = Annotated[datetime, BeforeValidator(_moment)]
Address = Annotated[Text, AfterValidator(_role_address)]


class Contacts(Section):
    """Addresses of roles, not of people. What each is for: terms.CONTACTS."""

    steward: Address
    data_protection: Address
    information_asset_owner: Address | None = None
    legal: Address | None = None
    technical: Address | None = None


class Parties(Section):
    """Who shares with whom."""

    owner: Word[DepartmentCode]
    consumer: Annotated[Text, among(*DepartmentCode, *PARTNERS)]
    role: Annotated[Text, among(*terms.PARTY_ROLES)]
    contacts: Contacts
    other_organisations: Some[Text] = ()

    @model_validator(mode="after")
    def _two_parties(self) -> Self:
        """An owner needs no agreement with itself."""
        if self.owner == self.consumer:
            raise Invalid(f"({self.owner}) owns the data and reads it without an agreement.", "consumer")
        return self


class Review(Section):
    """Who has looked at it, in what office, and when."""

    by: Text
    on: Day


class Purpose(Section):
    """What the figures are for. `impact`: what happens if they are not shared."""

    purposes: Some[Annotated[Text, among(*PURPOSES)]]
    statement: Text
    benefits: Some[Annotated[Text, among(*terms.BENEFITS)]]
    prohibited_uses: Some[Text] = ()
    impact: Text | None = None


class Scope(Section):
    """Which figures: measures, facets, places, periods, and for whom."""

    measures: Some[Annotated[Text, known_in("measures")]]
    breakdowns: Listed[Listed[Word[Facet]]]
    finest: Annotated[Word[AreaLevel], among(*NESTED)]
    levels: Listed[Annotated[Word[AreaLevel], among(*NOT_NESTED)]] = ()
    within: Text | None = None
    period_from: Day = Field(default=FIRST, alias="from")
    period_to: Day = Field(default=LAST, alias="to")
    roles: Some[Annotated[Text, among(*ROLES)]]

    @field_validator("measures", mode="after")
    @classmethod
    def _none_is_derived(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Derived measures are agreed by their inputs."""
        for at, name in enumerate(names):
            if inputs := _known(info)["measures"][name].inputs:
                raise Invalid(f"({name}) is derived: name {' and '.join(inputs)} instead.", at)
        return names

    @field_validator("levels", mode="after")
    @classmethod
    def _one_family(cls, levels: tuple[AreaLevel, ...]) -> tuple[AreaLevel, ...]:
        """Figures for two families that do not nest in one another would let slivers be found by subtraction."""
        if len(levels) > 1:
            raise Invalid(f"may hold one of {' and '.join(NOT_NESTED)}, for they do not nest in one another.")
        return levels

    @field_validator("within", mode="after")
    @classmethod
    def _known_place(cls, code: str | None, info: ValidationInfo) -> str | None:
        """The GSS code of a place of ours."""
        places = _known(info)["gazetteer"]
        if code is not None and code not in places:
            near = place_names().near(code)
            reason = f": {near.words}" if near.words else ""
            hint = f" Nearest: {', '.join(f'{area.code} ({area.name})' for area in near.areas)}." if near.areas else ""
            raise Invalid(f'"{code}" is not the GSS code of a place of April 2023{reason}.{hint}')
        return code

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """The first day is not after the last."""
        if self.period_from > self.period_to:
            raise Invalid(f"({self.period_from}) must not be later than to ({self.period_to}).", "from")
        return self


class Legal(Section):
    """Under which law."""

    gateways: Some[Annotated[Text, known_in("gateways")]]
    lawful_basis: Annotated[Text, among(*terms.LAWFUL_BASES)]
    powers: Some[Text] = ()
    special_category_condition: Annotated[Text, among(*terms.SPECIAL_CATEGORY_CONDITIONS)] | None = None
    review: Review | None = None


class DataProtection(Section):
    """What data-protection law wants to know."""

    data_type: Annotated[Text, among(*terms.DATA_TYPES)]
    data_subjects: Text
    impact_assessment: Text | None = None
    international_transfer: Text | None = None
    review: Review | None = None


class Accepted(Section):
    """Terms that these contradict, and why their owner lets them: an agreement by its id, or `open`, what everyone may
    read."""

    terms: Text
    reason: Text


class AgreedObligations(Obligations):
    """Obligations as an agreement says them."""

    accepted: Tables[Accepted] = ()


class Security(Section):
    """How the figures are kept, and how that ends. `stale_answers`: the last answer may be kept, and shown as such,
    while the owner cannot be asked."""

    classification: Annotated[Text, among(*terms.CLASSIFICATIONS)]
    disposal: Text
    stale_answers: bool = False
    review: Review | None = None


class Term(Section):
    """In force from `not_before` until, and not at, `not_after`, both in UTC."""

    not_before: Moment
    not_after: Moment
    review_by: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """It begins before it ends, and is reviewed in between."""
        if self.not_before >= self.not_after:
            raise Invalid(f"({self.not_before}) must be earlier than not_after ({self.not_after}).", "not_before")
        if not london_day(self.not_before) <= self.review_by <= london_day(self.not_after):
            raise Invalid(f"({self.review_by}) must lie between not_before and not_after.", "review_by")
        return self


class AgreementRecord(Section):
    """The whole record."""

    id: Text
    version: Count
    title: Text
    kind: Annotated[Text, among(*terms.KINDS)]
    status: Word[AgreementStatus]
    supersedes: Text | None = None
    reference: Text | None = None
    parties: Parties
    purpose: Purpose
    scope: Scope
    legal: Legal
    protection: DataProtection
    obligations: AgreedObligations
    security: Security
    term: Term

    @model_validator(mode="after")
    def _lawful(self, info: ValidationInfo) -> Self:
        """The owner owns every measure, and a law that is cited carries each to the consumer."""
        owner, consumer, cited = self.parties.owner, self.parties.consumer, self.legal.gateways
        for words, at in unowned(owner, self.scope.measures, _known(info)):
            raise Invalid(words, "scope", "measures", at)
        if lacking := uncarried(owner, consumer, self.scope.measures, cited, _known(info)):
            raise Invalid(lacking, "legal", "gateways")
        if self.protection.data_type == "special" and self.legal.special_category_condition is None:
            raise Invalid("is needed where protection.data_type is special.", "legal", "special_category_condition")
        return self

    @model_validator(mode="after")
    def _published(self, info: ValidationInfo) -> Self:
        """Every breakdown is one that some measure is published by, and so is the finest level."""
        known = _known(info)
        if words := too_fine(self.scope.finest, self.scope.measures, self.parties.owner, known):
            raise Invalid(words, "scope", "finest")
        for words, at in unpublished(self.scope.breakdowns, self.scope.measures, known):
            raise Invalid(words, "scope", "breakdowns", at)
        return self


def unowned(owner: str, measures: Sequence[str], known: Known) -> Iterator[tuple[str, int]]:
    """Measures that are somebody else's: the end of a sentence, and which of them."""
    for at, name in enumerate(measures):
        if (holder := known["measures"][name].owner) != owner:
            yield f"({name}) is owned by {holder}, not by {owner}.", at


def too_fine(finest: AreaLevel, measures: Iterable[str], owner: str, known: Known) -> str | None:
    """Why a level is finer than any that a measure is shared by, as the end of a sentence."""
    shared = max((known["measures"][name].finest for name in measures), key=lambda level: level.rank)
    return f"({finest}) is finer than what {owner} shares: {shared}." if finest.rank > shared.rank else None


def unpublished(
    breakdowns: Iterable[Sequence[str]], measures: Iterable[str], known: Known
) -> Iterator[tuple[str, int]]:
    """Breakdowns by which no measure is published: the end of a sentence, and which of them."""
    facets = {name: known["measures"][name].facets for name in measures}
    for at, breakdown in enumerate(breakdowns):
        if not any(set(breakdown) <= set(published) for published in facets.values()):
            offered = "; ".join(f"{name} by {', '.join(published) or 'none'}" for name, published in facets.items())
            yield f"cannot be answered: no measure of it is published by {' and '.join(breakdown)}: {offered}.", at


def uncarried(owner: str, consumer: str, measures: Iterable[str], cited: Iterable[str], known: Known) -> str | None:
    """Which measures no gateway of those cited lets the owner share with the consumer, as the end of a sentence."""
    laws = tuple(cited)
    lacking = [
        name
        for name in measures
        if not any(known["gateways"][gateway].carries(name, owner, consumer) for gateway in laws)
    ]
    if not lacking:
        return None
    return f"do not carry it: none of {', '.join(laws)} lets {owner} share {', '.join(lacking)} with {consumer}."


def _known(info: ValidationInfo) -> Known:
    """What the record is checked against."""
    return cast(Known, info.context)
