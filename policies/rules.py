"""What is fixed for one version of the software: the policies, the measures, the gateways and the profiles."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from policies.agreement_file import Known
from policies.cedar import CedarEngine, read_policies
from policies.errors import PolicyError
from policies.obligation import Obligation, Profile, read_profiles, strictest
from policies.own_terms import BOTH, OwnTerms
from policies.register import LegalGateway, read_gateways
from reference.area import Gazetteer
from reference.measure import Measure, Measures


@dataclass(frozen=True, slots=True)
class Rules:
    """By which decisions are made, whatever is agreed. `protected`: by measure that is offered, what its publisher
    says that it has done to public figures. `hash`: SHA-256 of all that a decision depends on, which tells these rules
    from those of another version."""

    cedar: CedarEngine
    measures: Measures
    gazetteer: Gazetteer
    profiles: Mapping[str, Profile]
    gateways: Mapping[str, LegalGateway]
    own_terms: Mapping[str, OwnTerms]
    protected: Mapping[str, tuple[Obligation, ...]]
    hash: str = ""

    @property
    def known(self) -> Known:
        """What the record of an agreement is checked against."""
        return Known(measures=self.measures, gazetteer=self.gazetteer, profiles=self.profiles, gateways=self.gateways)

    def published(self, measure: Measure) -> tuple[Obligation, ...]:
        """The obligations under which a measure is open to everyone."""
        named = [rule.profile for rule in measure.open_to if rule.profile]
        return strictest(tuple(obligation for name in named for obligation in self.profiles[name].obligations))

    def opened(self, measure: Measure) -> tuple[Obligation, ...]:
        """What has been done to the figures of a measure that everyone may read: by its owner, before they left it, and
        by the Trust."""
        return strictest((*self.published(measure), *self.protected.get(measure.name, ())))

    def own(self, owner: str) -> OwnTerms:
        """What a department asks of its own callers."""
        return self.own_terms.get(owner, BOTH)

    def cover(self, agreed: Collection[str]) -> None:
        """Every measure can be read by someone besides its owner: it is open, or one of those agreed. Raises
        PolicyError."""
        for measure in self.measures.values():
            if not measure.open_to and not measure.inputs and measure.name not in agreed:
                raise PolicyError(
                    f"{measure.coordinate} has no access rule: say to whom it is open, or name it in an agreement."
                )


def rules(
    texts: tuple[str, str],
    measures: Measures,
    gazetteer: Gazetteer,
    profiles: Mapping[str, Profile],
    gateways: Mapping[str, LegalGateway],
    own_terms: Mapping[str, OwnTerms],
    protected: Mapping[str, tuple[Obligation, ...]],
) -> Rules:
    """Rules from their parts, of which `texts` are the policies and their schema. Raises PolicyError."""
    _ruled(measures, profiles)
    engine = CedarEngine(*texts, measures, gateways, own_terms)
    hashed = _hash(texts, engine, measures, gateways)
    return Rules(engine, measures, gazetteer, profiles, gateways, own_terms, protected, hashed)


def _hash(texts: tuple[str, str], engine: CedarEngine, measures: Measures, gateways: Mapping[str, LegalGateway]) -> str:
    """Of the policies and their schema, the fields with what their owners ask of their own callers, what is computed
    from what, and what the laws carry."""
    decided_by = {
        "policies": texts,
        "fields": engine.facts,
        "measures": {measure.name: [measure.inputs, sorted(measure.facets)] for measure in measures.values()},
        "gateways": {id: [one.covers, one.receivers, one.measures] for id, one in gateways.items()},
    }
    return hashlib.sha256(orjson.dumps(decided_by, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_rules(
    folder: Path,
    measures: Measures,
    gazetteer: Gazetteer,
    own_terms: Mapping[str, OwnTerms] | None = None,
    protected: Mapping[str, tuple[Obligation, ...]] | None = None,
) -> Rules:
    """The rules of a folder: policies, profiles and gateways. `own_terms`: by department, what it asks of its own
    callers where it is not both a role and a purpose. `protected`: by measure, what its publisher has done to public
    figures. Raises PolicyError."""
    profiles, gateways = read_profiles(folder / "profiles.toml"), read_gateways(folder / "gateways.toml", measures)
    return rules(read_policies(folder), measures, gazetteer, profiles, gateways, own_terms or {}, protected or {})


def _ruled(measures: Measures, profiles: Mapping[str, Profile]) -> None:
    """What measures are computed from, and the terms they are open on, exist. Raises PolicyError."""
    for measure in measures.values():
        for name in measure.inputs:
            if name not in measures or measures[name].inputs:
                raise PolicyError(f"{measure.coordinate} is computed from {name}, which no department holds.")
        for rule in measure.open_to:
            if rule.profile is not None and rule.profile not in profiles:
                raise PolicyError(f"{measure.coordinate}: there is no profile {rule.profile!r}.")
            if not 0 <= rule.facets <= 1 and rule.facets < len(measure.facets):
                raise PolicyError(
                    f"{measure.coordinate} is open by {rule.facets} of its {len(measure.facets)} facets together: "
                    "the policies know none, one and all."
                )
