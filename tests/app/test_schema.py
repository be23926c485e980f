"""The schema as clients meet it: described throughout, as committed, and as the model has it."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DirectiveLocation,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    build_schema,
    get_introspection_query,
    get_named_type,
    parse,
    validate,
)

from schema.build import executable, printed
from tests.conftest import Trust

SCHEMA = executable()
OURS = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
FOLDER = Path("examples")
EXAMPLES: list[dict[str, Any]] = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))["example"]
TEXTS = {example["file"]: (FOLDER / example["file"]).read_text(encoding="utf-8") for example in EXAMPLES}
OF_FIGURES = [example for example in EXAMPLES if "value" in TEXTS[example["file"]]]
# The public contract, by hand: owner, producer's unit, how often, how many facets, finest level.
MODEL = {
    "claimantCount": ("DWP", "PERSONS", "MONTH", 2, "LA"),
    "peopleOnUniversalCredit": ("DWP", "PERSONS", "MONTH", 2, "LA"),
    "searchingForWork": ("DWP", "PERSONS", "MONTH", 2, "LA"),
    "inWorkOnUniversalCredit": ("DWP", "PERSONS", "MONTH", 2, "LA"),
    "householdsOnUniversalCredit": ("DWP", "HOUSEHOLDS", "MONTH", 1, "LA"),
    "householdsWithHealthConditions": ("DWP", "HOUSEHOLDS", "MONTH", 1, "LA"),
    "payrolledEmployees": ("HMRC", "PERSONS", "MONTH", 2, "LA"),
    "medianMonthlyPay": ("HMRC", "GBP_PER_MONTH", "MONTH", 2, "LA"),
    "furloughedEmployments": ("HMRC", "EMPLOYMENTS", "MONTH", 3, "LA"),
    "apprenticeshipStarts": ("DfE", "STARTS", "ACADEMIC_YEAR", 5, "LA"),
    "apprenticeshipAchievements": ("DfE", "ACHIEVEMENTS", "ACADEMIC_YEAR", 5, "LA"),
    "adultLearners": ("DfE", "LEARNERS", "ACADEMIC_YEAR", 4, "LA"),
    "adultAchievements": ("DfE", "LEARNERS", "ACADEMIC_YEAR", 4, "LA"),
    "level3CourseEnrolments": ("DfE", "ENROLMENTS", "ACADEMIC_YEAR", 3, "REGION"),
    "youngPeopleNotInEducation": ("DfE", "PERSONS", "YEAR", 1, "LA"),
    "careLeaversInWorkOrEducation": ("DfE", "PERCENT", "YEAR", 1, "LA"),
    "businesses": ("BEIS", "BUSINESSES", "YEAR", 2, "LA"),
    "businessSupportLoans": ("BEIS", "LOANS", "YEAR", 4, "LA"),
    "researchAndDevelopment": ("BEIS", "GBP_MILLION", "YEAR", 2, "LA"),
    "population": ("ONS", "PERSONS", "YEAR", 2, "LA"),
    "employmentRate": ("ONS", "PERCENT", "QUARTER", 3, "LA"),
    "unemploymentRate": ("ONS", "PERCENT", "QUARTER", 3, "LA"),
    "inactivityRate": ("ONS", "PERCENT", "QUARTER", 3, "LA"),
    "qualifiedToLevel3": ("ONS", "PERCENT", "YEAR", 0, "LA"),
    "jobs": ("ONS", "JOBS", "YEAR", 1, "LA"),
    "enterprises": ("ONS", "ENTERPRISES", "YEAR", 2, "LA"),
    "medianWeeklyPay": ("ONS", "GBP_PER_WEEK", "YEAR", 1, "LA"),
    "vacancies": ("ONS", "VACANCIES", "MONTH", 1, "UK"),
    "onlineJobAdverts": ("ONS", "ADVERTS", "MONTH", 1, "LA"),
    "claimantRate": ("DWP", "PERCENT", "MONTH", 1, "LA"),
}


def undescribed() -> list[str]:
    """Coordinates of everything public that says nothing of itself."""
    names = [name for name, kind in OURS.items() if not kind.description]
    for name, kind in OURS.items():
        if isinstance(kind, GraphQLEnumType):
            names += [f"{name}.{value}" for value, member in kind.values.items() if not member.description]
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            names += [f"{name}.{field}" for field, member in kind.fields.items() if not member.description]
        if isinstance(kind, GraphQLObjectType):
            for field, entry in kind.fields.items():
                names += [f"{name}.{field}({argument})" for argument, arg in entry.args.items() if not arg.description]
    return names


def test_everything_public_is_described() -> None:
    assert undescribed() == []


def test_every_description_is_a_sentence_of_its_own() -> None:
    for name, kind in OURS.items():
        for field, member in getattr(kind, "fields", {}).items():
            text = member.description
            assert text[0].isupper() or text[0].isdigit(), f"{name}.{field}: {text}"
            assert text.rstrip('"').endswith((".", ")")), f"{name}.{field}: {text}"


def test_the_directives_of_the_schema_say_what_they_mean() -> None:
    directives = {directive.name: directive for directive in build_schema(printed()).directives}
    for name in ("owner", "access"):
        assert directives[name].description
        assert all(argument in directives[name].description for argument in directives[name].args), (
            "each is explained there"
        )
        assert directives[name].locations == (DirectiveLocation.FIELD_DEFINITION,)


def test_the_schema_is_committed_as_it_is_printed() -> None:
    assert Path("schema/schema.graphql").read_text(encoding="utf-8") == printed()


def test_the_printed_schema_is_the_one_that_answers() -> None:
    built = build_schema(printed())
    for name, kind in OURS.items():
        assert getattr(built.type_map[name], "fields", {}).keys() == getattr(kind, "fields", {}).keys(), name


def test_every_measure_has_an_owner_and_an_access_rule() -> None:
    definition = build_schema(printed()).type_map["LabourMarket"]
    assert isinstance(definition, GraphQLObjectType)
    for name, field in definition.fields.items():
        if name in ("area", "period", "group"):
            continue
        assert field.ast_node is not None
        directives = {directive.name.value: directive for directive in field.ast_node.directives}
        assert directives.keys() == {"owner", "access"}, name
        owner = {argument.name.value: argument.value.to_dict()["value"] for argument in directives["owner"].arguments}
        assert owner["department"] == MODEL[name][0]
        assert str(get_named_type(field.type)) == "Figure"


def test_every_measure_of_the_model_is_a_field_and_no_other_is() -> None:
    fields = OURS["LabourMarket"].fields
    assert list(fields)[3:] == list(MODEL)
    assert all(str(fields[name].type) == "Figure" for name in MODEL), "a figure may be null: refused or failed"


async def test_the_catalogue_says_of_each_measure_what_the_model_says(trust: Trust) -> None:
    data = await trust.data(
        "{ measures { name unit every finest facets owner { code } coordinate openTo dataset title } }"
    )
    assert {entry["name"] for entry in data["measures"]} == MODEL.keys()
    for listed in data["measures"]:
        name = listed["name"]
        facts = (listed["owner"]["code"], listed["unit"], listed["every"], len(listed["facets"]), listed["finest"])
        assert facts == MODEL[name], name
        assert listed["coordinate"] == f"LabourMarket.{name}"
        assert listed["openTo"] and listed["dataset"] and listed["title"]


async def test_every_figure_carries_the_unit_of_the_model(trust: Trust) -> None:
    fields = " ".join(f"{name} {{ unit }}" for name in MODEL)
    data = await trust.data(f"""{{ area(code: "K02000001") {{
      labourMarket(periods: {{from: "2021-03", to: "2021-03"}}) {{ {fields} }} }} }}""")
    (row,) = data["area"]["labourMarket"]
    assert {name: figure["unit"] for name, figure in row.items()} == {name: facts[1] for name, facts in MODEL.items()}


async def test_introspection_shows_the_whole_schema(trust: Trust) -> None:
    data = await trust.data(get_introspection_query())
    assert {kind["name"] for kind in data["__schema"]["types"] if not kind["name"].startswith("__")} == OURS.keys()


def test_the_public_names_are_those_of_the_model() -> None:
    def arguments(kind: str, field: str) -> dict[str, str]:
        return {name: str(arg.type) for name, arg in OURS[kind].fields[field].args.items()}

    assert list(OURS["Query"].fields) == [
        "area", "areas", "labourMarket", "measures", "measure", "departments", "agreements", "agreement", "me",
        "simulateAgreement", "demand",
    ]  # fmt: skip
    assert arguments("Query", "labourMarket") == {
        "areas": "AreaSelection!", "periods": "PeriodRange!", "by": "[Facet!]!", "fill": "Fill!", "first": "Int",
        "after": "String",
    }  # fmt: skip
    assert arguments("Area", "labourMarket") == {"periods": "PeriodRange!", "by": "[Facet!]!", "fill": "Fill!"}
    assert arguments("Query", "areas") == {
        "where": "AreaSelection", "search": "String", "first": "Int", "after": "String",
    }  # fmt: skip
    assert list(OURS["Figure"].fields) == ["value", "status", "markers", "unit", "period", "provenance"]
    assert list(OURS["Provenance"].fields) == [
        "owner", "producer", "dataset", "release", "licence", "retrievedAt", "agreement", "treatment", "source",
    ]  # fmt: skip
    assert list(OURS["PeriodRange"].fields) == ["from", "to", "last", "every"]
    assert list(OURS["AreaSelection"].fields) == ["codes", "level", "within"]
    assert list(OURS["Every"].values) == ["MONTH", "QUARTER", "YEAR", "ACADEMIC_YEAR"]
    assert list(OURS["AreaLevel"].values) == ["UK", "COUNTRY", "REGION", "COMBINED_AUTHORITY", "LSIP", "LA"]


def test_there_are_at_least_eight_examples_and_each_has_a_file_of_its_own() -> None:
    assert len(EXAMPLES) >= 8
    assert {example["file"] for example in EXAMPLES} == {path.name for path in FOLDER.glob("*.graphql")}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda listed: listed["title"])
async def test_every_example_runs_without_an_error_for_its_persona(trust: Trust, example: dict[str, Any]) -> None:
    query = TEXTS[example["file"]]
    assert validate(SCHEMA, parse(query)) == []
    data = await trust.data(query, example["persona"], example["purpose"] or None)
    assert data
    assert not empty(data), "an example that shows nothing shows nobody anything"


def empty(data: Any) -> bool:
    """Whether there is no text and no number anywhere in an answer."""
    if isinstance(data, dict):
        return all(empty(part) for part in data.values())
    if isinstance(data, list):
        return all(empty(part) for part in data)
    return data is None


@pytest.mark.parametrize("example", OF_FIGURES, ids=lambda listed: listed["title"])
async def test_every_example_of_figures_shows_figures(trust: Trust, example: dict[str, Any]) -> None:
    figures = values(await trust.data(TEXTS[example["file"]], example["persona"], example["purpose"] or None))
    assert sum(value is not None for value in figures) >= 0.2 * len(figures) > 0


def values(data: Any) -> list[Any]:
    """Every `value` in an answer."""
    if isinstance(data, list):
        return [value for child in data for value in values(child)]
    if isinstance(data, dict):
        return [figure for key, child in data.items() for figure in ([child] if key == "value" else values(child))]
    return []


async def test_the_examples_page_offers_them_all_with_their_text(trust: Trust) -> None:
    body = (await trust.http.get("/examples.json")).json()
    assert [example["title"] for example in body] == [example["title"] for example in EXAMPLES]
    assert all(not validate(SCHEMA, parse(example["query"])) for example in body)


def test_the_schema_is_the_same_whatever_is_imported_first() -> None:
    code = "import app.columnar; from schema.build import printed; print(printed(), end='')"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.stdout == Path("schema/schema.graphql").read_text(encoding="utf-8"), result.stderr
