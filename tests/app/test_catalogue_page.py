"""The catalogue for catalogues elsewhere: DCAT 3, as the UK Cross-Government Metadata Exchange Model asks for it."""

import csv
import io
from typing import Any

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, ODRL2, RDF, Graph, URIRef

from schema.measures import MEASURES
from tests.conftest import Opener, Trust

# The reader of JSON-LD that the validator has uses what it warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
SHAPES = "tests/app/catalogue_shapes.ttl"
VERSION = URIRef("http://www.w3.org/ns/dcat#version")
HERE = "http://localhost/catalogue"


def as_graph(text: str) -> Graph:
    return Graph().parse(data=text, format="json-ld")


def report(graph: Graph) -> str:
    """What a validator that is not ours says is wrong; empty where nothing is."""
    conforms, _, text = validate(graph, shacl_graph=SHAPES, shacl_graph_format="turtle", advanced=True)
    return "" if conforms else text


async def test_it_has_all_that_the_exchange_model_requires(trust: Trust) -> None:
    reply = await trust.http.get("/catalogue")
    assert reply.headers["Content-Type"] == "application/ld+json"
    graph = as_graph(reply.text)
    assert report(graph) == ""
    datasets = set(graph.objects(URIRef(HERE), DCAT.dataset))
    assert datasets == {URIRef(f"{HERE}#{name}") for name in MEASURES}
    assert all(list(graph.objects(one, ODRL2.hasPolicy)) for one in datasets)


@pytest.mark.parametrize(
    "lacking",
    [DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.modified, DCTERMS.accessRights, DCTERMS.creator,
     DCAT.contactPoint, VERSION, DCTERMS.accrualPeriodicity, ODRL2.hasPolicy],
)  # fmt: skip
async def test_what_lacks_something_is_not_valid(trust: Trust, lacking: URIRef) -> None:
    graph = as_graph((await trust.http.get("/catalogue")).text)
    graph.remove((URIRef(f"{HERE}#claimantCount"), lacking, None))
    assert "claimantCount" in report(graph)


async def test_what_is_open_can_be_read_at_the_address_it_names(trust: Trust) -> None:
    graph = as_graph((await trust.http.get("/catalogue")).text)
    read = 0
    for dataset in graph.objects(URIRef(HERE), DCAT.dataset):
        for one in graph.objects(dataset, DCAT.distribution):
            address = str(graph.value(one, DCAT.downloadURL))
            if "format=csv" not in address or "format=csvw" in address:
                continue
            reply = await trust.http.get(address)
            assert reply.status_code == 200, (address, reply.text)
            rows = list(csv.DictReader(io.StringIO(reply.text)))
            assert rows and any(row[f"{str(dataset).rpartition('#')[2]}.value"] for row in rows), address
            read += 1
    assert read > 10


async def test_a_policy_names_the_agreements_in_force_and_no_others(trust: Trust) -> None:
    async def policies() -> dict[str, set[str]]:
        graph = as_graph((await trust.http.get("/catalogue")).text)
        found: dict[str, set[str]] = {}
        for policy in graph.subjects(RDF.type, ODRL2.Set):
            sources = {
                str(source).rpartition("#")[2]
                for permission in graph.objects(policy, ODRL2.permission)
                for source in graph.objects(permission, DCTERMS.source)
            }
            found[str(policy).rpartition("#")[2].removesuffix("-policy")] = sources
        return found

    before = await policies()
    assert "DSA-004" in before["businesses"]
    suspend = 'mutation { suspendAgreement(id: "DSA-004", reason: "An incident") { at } }'
    await trust.data(suspend, "beis-steward")
    await trust.app.state.gateway.learned()
    assert "DSA-004" not in (await policies())["businesses"]


async def test_it_is_not_sent_twice_to_who_has_it(trust: Trust) -> None:
    first = await trust.http.get("/catalogue")
    again = await trust.http.get("/catalogue", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_it_says_whom_to_ask(open_trust: Opener) -> None:
    async with open_trust(CONTACT="statistics@trust.example") as trust:
        body: Any = (await trust.http.get("/catalogue")).json()
    assert body["dcat:service"][0]["dcat:contactPoint"]["vcard:hasEmail"] == {"@id": "mailto:statistics@trust.example"}


async def test_while_it_cannot_be_confirmed_what_is_in_force_there_is_no_catalogue(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.agreements.watch.GOOD_FOR", -1.0)
    reply = await trust.http.get("/catalogue")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")


async def test_a_host_that_is_none_is_in_no_address(open_trust: Opener) -> None:
    async with open_trust(DEMO="false", DWP_KEY="x", PUBLIC_ONLY="true") as trust:
        assert (await trust.http.get("/catalogue", headers={"Host": 'x"y'})).status_code == 400
