"""The catalogue as DCAT 3 in JSON-LD, with what the UK Cross-Government Metadata Exchange Model asks for: a dataset for
each measure, with who may read it as an ODRL policy, and the service that answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from app.render.formats import FORMATS
from policies.agreement import Agreement
from reference.area import AreaLevel
from reference.measure import DepartmentCode, Measure
from reference.period import PeriodKind
from resolvers.catalogue import Catalogue
from resolvers.dataset import Dataset
from resolvers.extents import Extents
from schema.catalogue import NAMES, open_words

Record = dict[str, Any]
EXCHANGE_MODEL = "https://w3id.org/co-cddo/uk-cross-government-metadata-exchange-model/"
CONTEXT: Record = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "freq": "http://purl.org/cld/freq/",
    "mem": EXCHANGE_MODEL,
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# As GOV.UK addresses them.
SLUGS = {
    DepartmentCode.DWP: "department-for-work-pensions",
    DepartmentCode.HMRC: "hm-revenue-customs",
    DepartmentCode.DfE: "department-for-education",
    DepartmentCode.BEIS: "department-for-business-energy-and-industrial-strategy",
    DepartmentCode.DBT: "department-for-business-and-trade",
    DepartmentCode.DSIT: "department-for-science-innovation-and-technology",
    DepartmentCode.DESNZ: "department-for-energy-security-and-net-zero",
    DepartmentCode.ONS: "office-for-national-statistics",
}
EVERY = {
    PeriodKind.MONTH: "freq:monthly",
    PeriodKind.QUARTER: "freq:quarterly",
    PeriodKind.YEAR: "freq:annual",
    PeriodKind.ACADEMIC_YEAR: "freq:annual",
}
TITLE = "Labour Market Data Trust"
TRUST: Record = {"@type": "foaf:Organization", "foaf:name": TITLE}
GRAPHQL = "https://spec.graphql.org/"


@dataclass(frozen=True)
class Catalogued:
    """What a catalogue tells of: measures, how far they reach, the agreements in force, and whom to ask. `origin`: the
    gateway's address; `started`: the day from which metadata were looked at."""

    origin: str
    catalogue: Catalogue
    extents: Extents
    agreements: Sequence[Agreement]
    contact: str
    version: str
    started: date

    def document(self) -> Record:
        """The catalogue, as one JSON-LD document."""
        measures = list(self.catalogue.measures.values())
        return {
            "@context": CONTEXT,
            "@id": f"{self.origin}/catalogue",
            "@type": "dcat:Catalog",
            "dct:title": TITLE,
            "dct:description": "Labour-market figures of government departments, each answered by the department that "
            "owns it and governed field by field.",
            "dct:publisher": TRUST,
            "dcat:service": [self._service(measures)],
            "dcat:dataset": [self._dataset(measure) for measure in measures],
        }

    def _service(self, measures: Sequence[Measure]) -> Record:
        about = "One GraphQL query over all measures: each field is asked of its owner, where policy grants it."
        return {
            **self._resource(f"{self.origin}/graphql", "dcat:DataService", "Labour market, by GraphQL", about),
            "dct:creator": [_organisation(owner) for owner in sorted({measure.owner for measure in measures})],
            "dct:publisher": TRUST,
            "dct:license": "As each measure states it",
            "dct:accessRights": "OPEN",
            "dct:modified": _day(self.started),
            "dct:conformsTo": {"@id": GRAPHQL},
            "dcat:endpointURL": {"@id": f"{self.origin}/graphql"},
            "dcat:endpointDescription": {"@id": f"{self.origin}/schema.graphql"},
            "dcat:servesDataset": [{"@id": self._id(measure)} for measure in measures],
            "mem:serviceStatus": "BETA",
            "mem:serviceType": "REST",
        }

    def _dataset(self, measure: Measure) -> Record:
        datasets = [holding.dataset for holding in self.catalogue.holdings(measure)]
        record = {
            **self._resource(self._id(measure), "dcat:Dataset", measure.title, measure.description),
            "dct:identifier": measure.coordinate,
            "dct:creator": [_organisation(measure.owner)],
            "dct:publisher": _organisation(measure.owner),
            "dct:license": "; ".join(dict.fromkeys(one.licence for one in datasets)) or "Not offered by this gateway",
            "dct:accessRights": "OPEN" if measure.open_to else "INTERNAL",
            "dct:modified": _day(self.extents.changed(measure) or self.started),
            "dct:accrualPeriodicity": {"@id": EVERY[measure.every]},
            "dcat:keyword": [measure.name, measure.unit.value, *(facet.value for facet in measure.facets)],
            "odrl:hasPolicy": self._policy(measure),
        }
        if pages := list(dict.fromkeys(one.page for one in datasets if one.page)):
            record["dcat:landingPage"] = [{"@id": one} for one in pages]
        if extent := self.extents.of(measure):
            first, last = _day(extent.first.start), _day(extent.latest.end)
            record["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
        if datasets and measure.open_to:
            record["dcat:distribution"] = list(self._distributions(measure, _widest(datasets)))
        return record

    def _resource(self, id: str, kind: str, title: str, description: str) -> Record:
        """What every record has."""
        return {
            "@id": id,
            "@type": kind,
            "dct:identifier": id,
            "dct:title": title,
            "dct:description": description,
            "dct:type": kind,
            "dcat:version": self.version,
            "dcat:contactPoint": {
                "@type": "vcard:Kind",
                "vcard:fn": TITLE,
                "vcard:hasEmail": {"@id": f"mailto:{self.contact}"},
            },
            "mem:securityClassification": "OFFICIAL",
        }

    def _distributions(self, measure: Measure, level: AreaLevel) -> Iterator[Record]:
        """Files that anybody may have: the newest figures of the widest places that are open."""
        asked = f"{{labourMarket(areas:{{level:{level.value}}},periods:{{last:1}}){{nodes{{area{{code name}}"
        query = f"{asked} period{{code}} {measure.name}{{value status markers}}}}}}}}"
        for form in FORMATS.values():
            if form.beside:
                continue
            address = f"{self.origin}/graphql?{urlencode({'query': query, 'format': form.name})}"
            yield {
                "@type": "dcat:Distribution",
                "dct:title": f"{measure.title}: the newest figures, {form.name}",
                "dct:type": "dcat:Distribution",
                "dcat:accessService": {"@id": f"{self.origin}/graphql"},
                "dcat:accessURL": {"@id": address},
                "dcat:downloadURL": {"@id": address},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{form.media}"},
            }

    def _policy(self, measure: Measure) -> Record:
        """Who may read it: everybody what is open, and each consumer what its agreements in force give."""
        use = {"odrl:action": {"@id": "odrl:use"}, "odrl:target": {"@id": self._id(measure)}}
        open_to = [{**use, "dct:description": f"Everybody may read: {open_words(measure)}"}] if measure.open_to else []
        agreed = [
            {
                **use,
                "odrl:assignee": {"@type": "foaf:Organization", "foaf:name": one.consumer},
                "odrl:constraint": {
                    "odrl:leftOperand": {"@id": "odrl:purpose"},
                    "odrl:operator": {"@id": "odrl:isAnyOf"},
                    "odrl:rightOperand": sorted(one.purposes),
                },
                "dct:source": {"@id": f"{self.origin}/register#{one.id}"},
            }
            for one in self.agreements
            if measure.name in one.measures
        ]
        return {"@id": f"{self._id(measure)}-policy", "@type": "odrl:Set", "odrl:permission": [*open_to, *agreed]}

    def _id(self, measure: Measure) -> str:
        return f"{self.origin}/catalogue#{measure.name}"


def _widest(datasets: Sequence[Dataset]) -> AreaLevel:
    """The widest level of places that all of them have."""
    return next(level for level in AreaLevel if all(level in one.coverage.levels for one in datasets))


def _organisation(code: DepartmentCode) -> Record:
    return {
        "@id": f"https://www.gov.uk/government/organisations/{SLUGS[code]}",
        "@type": "foaf:Organization",
        "foaf:name": NAMES[code],
    }


def _day(day: date) -> Record:
    return {"@type": "xsd:date", "@value": day.isoformat()}
