"""Who may read what: one decision for each field, with its reason, before any department is asked."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from policies import cedar
from policies.agreement import Agreement, read_agreements
from policies.caller import Caller
from policies.cedar import EVERYWHERE, CedarEngine, read_policies
from policies.decision import ALWAYS, Access, AgreementRef, Basis, Grant, Refusal
from policies.errors import PolicyError
from policies.explain import explain, explain_own
from policies.obligation import Obligation, Profile, read_profiles, strictest
from policies.own_terms import BOTH, OwnTerms
from policies.register import LegalGateway, read_gateways
from reference.area import Gazetteer
from reference.facets import Facet
from reference.measure import Measure, Measures

MEMO_SIZE = 10_000


class Policy:
    """The fixed policies over the agreements of the day. `epoch` rises whenever the agreements change."""

    def __init__(
        self,
        texts: tuple[str, str],
        measures: Measures,
        gazetteer: Gazetteer,
        agreements: Iterable[Agreement],
        profiles: Mapping[str, Profile],
        gateways: Mapping[str, LegalGateway],
        own_terms: Mapping[str, OwnTerms],
    ) -> None:
        agreements = list(agreements)
        _ruled(measures, profiles, {name for agreement in agreements for name in agreement.measures})
        self._texts, self._measures, self._gazetteer = texts, measures, gazetteer
        self.profiles, self.gateways, self._own_terms = profiles, gateways, own_terms
        self.epoch = 0
        self._memo: OrderedDict[object, Grant | Refusal] = OrderedDict()
        # Decisions are also asked for beside the event loop.
        self._remembering = Lock()
        self.replace(agreements)

    def replace(self, agreements: Iterable[Agreement]) -> None:
        """Decide by these agreements from now on. Raises PolicyError and changes nothing if they do not fit."""
        listed = list(agreements)
        by_id = {agreement.id: agreement for agreement in listed}
        if len(by_id) < len(listed):
            raise PolicyError("Two agreements have the same id.")
        self._engine = CedarEngine(*self._texts, self._measures, by_id.values(), self.gateways, self._own_terms)
        self.agreements: Mapping[str, Agreement] = by_id
        self._naming: dict[tuple[str, str], list[Agreement]] = {}
        for agreement in listed:
            for name in agreement.measures:
                self._naming.setdefault((agreement.consumer, name), []).append(agreement)
        self._limits = {at: {a.within for a in named if a.within} for at, named in self._naming.items()}
        self._spans = {
            at: (sorted({a.period_from for a in named}), sorted({a.period_to for a in named}))
            for at, named in self._naming.items()
        }
        self._boundaries = sorted(
            {m for agreement in by_id.values() for m in (agreement.not_before, agreement.not_after)}
        )
        self.epoch += 1
        self._memo.clear()

    def decide(self, caller: Caller, purpose: str | None, access: Access, now: datetime) -> Grant | Refusal:
        """Grant or Refusal for one field. Remembered by all that it can depend on: the agreements of the day, which
        of them have begun or ended, what is known of the caller, and what is wanted."""
        era = bisect_right(self._boundaries, now)
        key = (
            self.epoch, era, caller.organisation, caller.roles, caller.purposes, purpose, access.measure,
            access.levels, access.facets, self._where(caller, access), self._when(caller, access),
        )  # fmt: skip
        known = self._memo.get(key)
        if known is not None:
            with self._remembering:
                if key in self._memo:
                    self._memo.move_to_end(key)
            return known
        until = self._boundaries[era] if era < len(self._boundaries) else ALWAYS
        decision = self._decide(caller, purpose, access, now, until)
        with self._remembering:
            self._memo[key] = decision
            if len(self._memo) > MEMO_SIZE:
                self._memo.popitem(last=False)
        return decision

    def candidates(self, caller: Caller, measure: str) -> Sequence[Agreement]:
        """Agreements between the measure's owner and the caller's organisation that name it."""
        return self._naming.get((caller.organisation or "", measure), ())

    def limits(self, caller: Caller, measure: str) -> Collection[str]:
        """Places that one of them is limited to."""
        return self._limits.get((caller.organisation or "", measure), ())

    def _decide(
        self, caller: Caller, purpose: str | None, access: Access, now: datetime, until: datetime
    ) -> Grant | Refusal:
        """The decision itself: as its owner, as published, or by the first agreement that permits it."""
        measure = self._measures[access.measure]
        if measure.inputs:
            return self._derived(measure, caller, purpose, access, now)
        inside = self._where(caller, access)
        facts = cedar.context(access.levels, access.facets, inside, access.first, access.last, now)
        permitted = self._engine.permit(caller, measure.name, facts, None, purpose)
        if permitted == "own":
            return Grant(measure.coordinate, Basis.OWN, (), (), until)
        if permitted == "published":
            return Grant(measure.coordinate, Basis.PUBLISHED, (), self._published(measure), until)
        candidates = self.candidates(caller, measure.name)
        for candidate in candidates:
            if self._engine.permit(caller, measure.name, facts, candidate.id, purpose) == "agreement":
                ref = AgreementRef(candidate.id, candidate.version)
                return Grant(
                    measure.coordinate,
                    Basis.AGREEMENT,
                    (ref,),
                    strictest(candidate.obligations),
                    until,
                    stale=candidate.stale_answers,
                )
        if caller.organisation == measure.owner:
            return explain_own(measure, self._own_terms.get(measure.owner, BOTH), caller, purpose, until)
        return explain(measure, candidates, caller, purpose, access, inside, self._gazetteer, now, until)

    def _derived(
        self, measure: Measure, caller: Caller, purpose: str | None, access: Access, now: datetime
    ) -> Grant | Refusal:
        """A derived field is granted when every input is, under the obligations of all of them."""
        grants: list[Grant] = []
        for name in measure.inputs:
            needed = self._measures[name]
            facets = access.facets & set(needed.facets)
            if name == "population":
                facets = facets | {Facet.AGE_BAND}
            needed_access = Access(name, access.levels, facets, access.areas, access.first, access.last)
            decision = self.decide(caller, purpose, needed_access, now)
            if isinstance(decision, Refusal):
                reason = f"{measure.title} is computed from {needed.title}. {decision.reason}"
                return replace(decision, coordinate=measure.coordinate, reason=reason)
            grants.append(decision)
        bases = [grant.basis for grant in grants]
        return Grant(
            measure.coordinate,
            next((basis for basis in (Basis.AGREEMENT, Basis.OWN) if basis in bases), Basis.PUBLISHED),
            tuple(dict.fromkeys(ref for grant in grants for ref in grant.agreements)),
            strictest(tuple(obligation for grant in grants for obligation in grant.obligations)),
            min(grant.until for grant in grants),
            all(grant.stale for grant in grants),
            dict(zip(measure.inputs, grants, strict=True)),
        )

    def _published(self, measure: Measure) -> tuple[Obligation, ...]:
        """The obligations under which a measure is open to everyone."""
        named = [rule.profile for rule in measure.open_to if rule.profile]
        return strictest(tuple(obligation for name in named for obligation in self.profiles[name].obligations))

    def _when(self, caller: Caller, access: Access) -> tuple[int, ...]:
        """How many of the caller's agreements, by their spans, begin too late to cover the first day asked for, and
        how many end before the last: two requests of which that is the same are the same to every one of them."""
        positions: list[int] = []
        for name in self._measures[access.measure].inputs or (access.measure,):
            begin, end = self._spans.get((caller.organisation or "", name), ((), ()))
            positions += (bisect_right(begin, access.first), bisect_left(end, access.last))
        return tuple(positions)

    def _where(self, caller: Caller, access: Access) -> frozenset[str]:
        """Places that hold every area asked for, of those that an agreement of the caller is limited to. None holds
        areas that are unknown, or not told."""
        names = self._measures[access.measure].inputs or (access.measure,)
        limits = {place for name in names for place in self.limits(caller, name)}
        if not limits or not access.areas:
            return frozenset((EVERYWHERE,))
        areas = [self._gazetteer.get(code) for code in access.areas]
        inside = (
            place for place in limits if all(area is not None and self._gazetteer.inside(area, place) for area in areas)
        )
        return frozenset((EVERYWHERE, *inside))


def _ruled(measures: Measures, profiles: Mapping[str, Profile], agreed: Collection[str]) -> None:
    """Every measure can be read by someone besides its owner, on terms that exist. Raises PolicyError."""
    for measure in measures.values():
        for name in measure.inputs:
            if name not in measures or measures[name].inputs:
                raise PolicyError(f"{measure.coordinate} is computed from {name}, which no department holds.")
        if not measure.open_to and not measure.inputs and measure.name not in agreed:
            raise PolicyError(
                f"{measure.coordinate} has no access rule: say to whom it is open, or name it in an agreement."
            )
        for rule in measure.open_to:
            if rule.profile is not None and rule.profile not in profiles:
                raise PolicyError(f"{measure.coordinate}: there is no profile {rule.profile!r}.")
            if not 0 <= rule.facets <= 1 and rule.facets < len(measure.facets):
                raise PolicyError(
                    f"{measure.coordinate} is open by {rule.facets} of its {len(measure.facets)} facets together: "
                    "the policies know none, one and all."
                )


def load(
    folder: Path, measures: Measures, gazetteer: Gazetteer, own_terms: Mapping[str, OwnTerms] | None = None
) -> Policy:
    """The policy of a folder: policies, profiles, gateways and the agreements a new Trust starts with. `own_terms`: by
    department, what it asks of its own callers where it is not both a role and a purpose. Raises PolicyError."""
    profiles, gateways = read_profiles(folder / "profiles.toml"), read_gateways(folder / "gateways.toml", measures)
    agreements = read_agreements(folder / "agreements", measures, gazetteer, profiles, gateways)
    return Policy(read_policies(folder), measures, gazetteer, agreements, profiles, gateways, own_terms or {})
