"""What holds of decisions whatever is agreed, over random books and requests."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from policies.agreement import Agreement, AgreementStatus
from policies.book import Book
from policies.caller import PUBLIC
from policies.cedar import EVERYWHERE, context
from policies.decide import decide
from policies.decision import AgreementRef, Basis, Grant
from policies.obligation import Obligation
from tests.policies.books import LISTS, RULES, TRUST, Request, agreements, requests
from tests.policies.conftest import AGE, NOW, access, caller


def granted(book: Book, request: Request) -> Grant | None:
    decision = decide(RULES, book, *request, NOW)
    return decision if isinstance(decision, Grant) else None


@settings(max_examples=60, deadline=None)
@given(LISTS, agreements(), st.data())
def test_one_agreement_more_takes_nothing_from_anybody(
    agreed: list[Agreement], one: Agreement, data: st.DataObject
) -> None:
    before = Book.of(agreed)
    assume(before.get(one.ref) is None)
    after = before.with_(one)
    for request in data.draw(requests([*agreed, one])):
        if granted(before, request):
            assert granted(after, request), request


@settings(max_examples=60, deadline=None)
@given(LISTS, st.data())
def test_one_agreement_less_gives_nothing_to_anybody(agreed: list[Agreement], data: st.DataObject) -> None:
    before = Book.of(agreed)
    after = before.without(data.draw(st.sampled_from(agreed)).ref)
    for request in data.draw(requests(agreed)):
        if granted(after, request):
            assert granted(before, request), request


NARROWER = {
    "status": lambda one: AgreementStatus.SUSPENDED,
    "measures": lambda one: one.measures[1:],
    "purposes": lambda one: frozenset(sorted(one.purposes)[1:]),
    "roles": lambda one: frozenset(sorted(one.roles)[1:]),
    "breakdowns": lambda one: frozenset(sorted(one.breakdowns, key=sorted)[:-1]),
    "levels": lambda one: frozenset(sorted(one.levels)[1:]),
    "within": lambda one: "E08000003" if one.within in (None, "E12000002", "E47000001", "E69000008") else one.within,
    "period_from": lambda one: one.period_to,
    "period_to": lambda one: one.period_from,
    "gateways": lambda one: (),
    "not_before": lambda one: one.not_after,
    "not_after": lambda one: one.not_before,
}


@settings(max_examples=60, deadline=None)
@given(LISTS, st.sampled_from(sorted(NARROWER)), st.data())
def test_an_agreement_of_less_gives_nothing_to_anybody(agreed: list[Agreement], key: str, data: st.DataObject) -> None:
    before = Book.of(agreed)
    one = data.draw(st.sampled_from(sorted(before, key=lambda one: one.ref)))
    after = before.with_(replace(one, **{key: NARROWER[key](one)}))
    for request in data.draw(requests([one])):
        if granted(after, request):
            assert granted(before, request), (key, request)


@settings(max_examples=60, deadline=None)
@given(LISTS, st.data())
def test_nothing_is_granted_without_an_agreement_in_force_but_what_is_open_or_ones_own(
    agreed: list[Agreement], data: st.DataObject
) -> None:
    book = Book.of(agreed)
    idle = Book.of(one for one in book if not one.in_force(NOW))
    for request in data.draw(requests(agreed)):
        alone = granted(Book(), request)
        of_old = granted(idle, request)
        assert (of_old and replace(of_old, until=NOW)) == (alone and replace(alone, until=NOW)), request
        if alone:
            assert alone.basis in (Basis.PUBLISHED, Basis.OWN)
            public = granted(Book(), (PUBLIC, *request[1:]))
            measure = RULES.measures[request[2].measure]
            owners = {RULES.measures[name].owner for name in measure.inputs or (measure.name,)}
            assert public or request[0].organisation in owners, request
        if found := granted(book, request):
            assert found.agreements or alone, request
            for ref in found.agreements:
                agreement = book.get(ref)
                assert agreement
                assert agreement.in_force(NOW)
                assert agreement.consumer == request[0].organisation


@settings(max_examples=60, deadline=None)
@given(LISTS, st.data())
def test_an_owner_never_loses_its_own(agreed: list[Agreement], data: st.DataObject) -> None:
    for who, purpose, wanted in data.draw(requests(agreed)):
        measure = RULES.measures[wanted.measure]
        if measure.inputs or who.roles == frozenset():
            continue
        owner = replace(who, organisation=measure.owner.value)
        decision = granted(Book.of(agreed), (owner, purpose, wanted))
        assert decision
        assert (decision.basis, decision.obligations) == (Basis.OWN, ())


@settings(max_examples=60, deadline=None)
@given(agreements(), st.data())
def test_what_an_agreement_does_not_cover_cedar_refuses_and_what_it_does_cedar_permits_in_force(
    one: Agreement, data: st.DataObject
) -> None:
    for who, purpose, wanted in data.draw(requests([one])):
        areas = [RULES.gazetteer[code] for code in wanted.areas]
        places = [one.within] if one.within else []
        held = [place for place in places if areas and all(RULES.gazetteer.inside(area, place) for area in areas)]
        inside = frozenset((EVERYWHERE, *held))
        for name in RULES.measures[wanted.measure].inputs or (wanted.measure,):
            asked = wanted._replace(measure=name)
            facts = context(asked.levels, asked.facets, inside, asked.first, asked.last, NOW)
            alone = RULES.cedar.permit(who, name, facts, None, purpose)
            permitted = RULES.cedar.permit(who, name, facts, one, purpose)
            measure = RULES.measures[name]
            lawful = one.owner == measure.owner and any(
                RULES.gateways[law].carries(name, one.owner, one.consumer) for law in one.gateways
            )
            if not one.covers(who, purpose, asked, inside):
                assert permitted == alone, (name, "the prefilter refuses what Cedar permits")
            elif name in one.measures and lawful and one.in_force(NOW):
                assert permitted == (alone or "agreement"), name
            else:
                assert permitted == alone, name


def test_of_several_agreements_that_permit_the_first_by_name_says_what_is_done_however_strict_it_is() -> None:
    strict, lax = (Obligation("suppress_below", 20),), ()
    one = TRUST.agreements["DSA-001"]
    earlier, later = replace(one, id="DSA-100", obligations=strict), replace(one, id="DSA-200", obligations=lax)
    who, wanted = caller("DfE", "skills-planning"), access("payrolledEmployees", AGE)
    found = [granted(Book.of(agreed), (who, "skills-planning", wanted)) for agreed in ([later], [later, earlier])]
    assert [(one.agreements, one.obligations) for one in found if one] == [
        ((AgreementRef("DSA-200", 1),), lax),
        ((AgreementRef("DSA-100", 1),), strict),
    ]
