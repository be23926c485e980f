"""Who may read what: one decision for each field, with its reason, before any department is asked."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from policies import cedar
from policies.agreement import Agreement, read_agreements
from policies.caller import Caller
from policies.cedar import EVERYWHERE, Engine, read_policies
from policies.decision import ALWAYS, Access, AgreementRef, Basis, Grant, Refusal
from policies.errors import PolicyError
from policies.explain import explain
from policies.register import Gateway, Obligation, Profile, read_gateways, read_profiles, strictest
from reference.area import Gazetteer
from reference.facets import Facet
from reference.measure import Measure, Measures


class Policy:
    """The fixed policies over the agreements of the day. `epoch` rises whenever the agreements change."""

    def __init__(
        self,
        texts: tuple[str, str],
        measures: Measures,
        gazetteer: Gazetteer,
        agreements: Iterable[Agreement],
        profiles: Mapping[str, Profile],
        gateways: Mapping[str, Gateway],
    ) -> None:
        for measure in measures.values():
            if not measure.open_to and not measure.inputs:
                raise PolicyError(f"{measure.coordinate} has no access rule: say to whom it is open.")
            for rule in measure.open_to:
                if rule.profile is not None and rule.profile not in profiles:
                    raise PolicyError(f"{measure.coordinate}: there is no profile {rule.profile!r}.")
        self._texts, self._measures, self._gazetteer = texts, measures, gazetteer
        self.profiles, self.gateways = profiles, gateways
        self.epoch = 0
        self._memo: OrderedDict[object, Grant | Refusal] = OrderedDict()
        self.replace(agreements)

    def replace(self, agreements: Iterable[Agreement]) -> None:
        """Decide by these agreements from now on. Raises PolicyError and changes nothing if they do not fit."""
        held = {each.id: each for each in agreements}
        self._engine = Engine(*self._texts, self._measures, held.values(), self.gateways)
        self.agreements: Mapping[str, Agreement] = held
        self._boundaries = sorted({m for each in held.values() for m in (each.not_before, each.not_after)})
        self.epoch += 1
        self._memo.clear()

    def decide(self, caller: Caller, purpose: str | None, access: Access, now: datetime) -> Grant | Refusal:
        """Grant or Refusal for one field. Remembered until an agreement begins, ends or changes."""
        key = (
            self.epoch, caller.organisation, caller.roles, purpose, access.measure, access.levels, access.facets,
            self._where(caller, access), access.first, access.last,
        )  # fmt: skip
        known = self._memo.get(key)
        if known is not None and now < known.until:
            self._memo.move_to_end(key)
            return known
        decision = self._decide(caller, purpose, access, now)
        self._memo[key] = decision
        if len(self._memo) > 10_000:
            self._memo.popitem(last=False)
        return decision

    def candidates(self, caller: Caller, measure: str) -> list[Agreement]:
        """Agreements between the measure's owner and the caller's organisation that name it."""
        if caller.organisation is None:
            return []
        mine = (each for each in self.agreements.values() if each.consumer == caller.organisation)
        return [each for each in mine if measure in each.measures]

    def _decide(self, caller: Caller, purpose: str | None, access: Access, now: datetime) -> Grant | Refusal:
        measure = self._measures[access.measure]
        if measure.inputs:
            return self._derived(measure, caller, purpose, access, now)
        inside = self._where(caller, access)
        told = cedar.context(access.levels, access.facets, inside, access.first, access.last, now)
        until = next((moment for moment in self._boundaries if moment > now), ALWAYS)
        permitted = self._engine.permit(caller, measure.name, told, None, None)
        if permitted == "own":
            return Grant(measure.coordinate, Basis.OWN, (), (), until)
        if permitted == "published":
            return Grant(measure.coordinate, Basis.PUBLISHED, (), self._published(measure), until)
        for each in self.candidates(caller, measure.name):
            if self._engine.permit(caller, measure.name, told, each.id, purpose) == "agreement":
                ref = AgreementRef(each.id, each.version)
                return Grant(measure.coordinate, Basis.AGREEMENT, (ref,), strictest(each.obligations), until)
        return explain(measure, self.candidates(caller, measure.name), caller, purpose, access, inside, now, until)

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
            asked = Access(name, access.levels, facets, access.areas, access.first, access.last)
            decision = self.decide(caller, purpose, asked, now)
            if isinstance(decision, Refusal):
                reason = f"{measure.title} is computed from {needed.title}. {decision.reason}"
                return replace(decision, coordinate=measure.coordinate, reason=reason)
            grants.append(decision)
        bases = [grant.basis for grant in grants]
        return Grant(
            measure.coordinate,
            next((basis for basis in (Basis.AGREEMENT, Basis.OWN) if basis in bases), Basis.PUBLISHED),
            tuple(dict.fromkeys(ref for grant in grants for ref in grant.agreements)),
            strictest(tuple(each for grant in grants for each in grant.obligations)),
            min(grant.until for grant in grants),
        )

    def _published(self, measure: Measure) -> tuple[Obligation, ...]:
        named = [rule.profile for rule in measure.open_to if rule.profile]
        return strictest(tuple(each for name in named for each in self.profiles[name].obligations))

    def _where(self, caller: Caller, access: Access) -> frozenset[str]:
        """Places that hold every area asked for, of those that an agreement of the caller is limited to."""
        names = self._measures[access.measure].inputs or (access.measure,)
        limits = {each.within for name in names for each in self.candidates(caller, name) if each.within}
        inside = (
            place
            for place in limits
            if all(self._gazetteer.inside(self._gazetteer[code], place) for code in access.areas)
        )
        return frozenset((EVERYWHERE, *inside))


def load(folder: Path, measures: Measures, gazetteer: Gazetteer) -> Policy:
    """The policy of a folder: policies, profiles, gateways and the agreements a new Trust starts with.
    Raises PolicyError."""
    profiles, gateways = read_profiles(folder / "profiles.toml"), read_gateways(folder / "gateways.toml")
    agreements = read_agreements(folder / "agreements", measures, gazetteer, profiles, gateways)
    return Policy(read_policies(folder), measures, gazetteer, agreements, profiles, gateways)
