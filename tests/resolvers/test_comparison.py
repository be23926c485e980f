"""How lines of drift are gathered: one for each cause, none lost, and no web page in them."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson
import pytest

from resolvers.errors import DepartmentMisanswered, DepartmentUnavailable
from resolvers.protocols.comparison import Comparison, drift_of, gathered
from resolvers.protocols.share import Share
from resolvers.source import read
from resolvers.wire import Wire

PAGE = "HTTP 503: <!DOCTYPE html>\n<html><head><title> Down for\n maintenance </title></head><p>words</p></html>"
CAUSE = 'cannot be read: HTTP 503: a web page, "Down for maintenance"'


def down(detail: str = PAGE) -> DepartmentUnavailable:
    return DepartmentUnavailable("DWP", detail)


@pytest.mark.parametrize(
    ("comparisons", "lines"),
    [
        ({}, ()),
        ({"a": Comparison(["a: x is gone"]), "b": Comparison()}, ("a: x is gone",)),
        ({"a": Comparison((), down()), "b": Comparison(["b: y is gone"])}, ("b: y is gone", f"a: {CAUSE}")),
        (
            {"a": Comparison((), down()), "b": Comparison(["b: y is gone"], down()), "c": Comparison()},
            ("b: y is gone", f"a, b: {CAUSE}"),
        ),
        (
            {"a": Comparison((), down()), "b": Comparison((), down("broken")), "c": Comparison(["c: z", "c: z"])},
            ("c: z", f"a: {CAUSE}", "b: cannot be read: broken"),
        ),
        (
            {"a": Comparison((), DepartmentMisanswered("DWP", "no list"))},
            ("a: cannot be read: no list",),
        ),
    ],
)  # fmt: skip
def test_every_line_is_kept_and_every_cause_is_one_line(
    comparisons: dict[str, Comparison], lines: Sequence[str]
) -> None:
    assert gathered(comparisons) == tuple(lines)


def test_a_department_of_which_nothing_can_be_compared_is_unavailable_for_all_its_causes() -> None:
    with pytest.raises(DepartmentUnavailable) as raised:
        gathered({"a": Comparison((), down()), "b": Comparison((), down()), "c": Comparison((), down("broken"))})
    assert str(raised.value) == 'DWP: HTTP 503: a web page, "Down for maintenance"; broken'


SHARED: dict[str, Any] = {"every": "MONTH", "measures": ["pay"], "breakdowns": [], "dimensions": {}}


def share(document: Any) -> tuple[Any, Share]:
    measures: dict[str, Any] = {"payrolledEmployees": {}}
    datasets: list[dict[str, Any]] = [
        {"id": name, "title": name, "licence": "OGL", "every": "MONTH", "measures": measures} for name in ("a", "b")
    ]
    source = read("x", {"department": "HMRC", "protocol": "share", "url": "http://node.example", "datasets": datasets})
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=orjson.dumps(document)))
    return source, Share(source, Wire(source, transport))


async def test_one_dataset_of_a_share_node_that_cannot_be_read_keeps_the_lines_of_the_others() -> None:
    _, connector = share({"datasets": [{"id": "a"}, {"id": "b", **SHARED}]})
    lines = await connector.drift()
    assert len(lines) == 2
    assert lines[0] == "b: payrolledEmployees is no longer shared"
    assert lines[1].startswith("a: cannot be read: not a description of a dataset: KeyError")


async def test_a_source_that_cannot_be_compared_names_host_and_port_and_a_fault_of_ours_loses_no_other() -> None:
    source, connector = share([])
    comparison = await drift_of(source, connector)
    assert str(comparison.failure).startswith("HMRC at http://node.example:80: not a list of datasets: ")

    class Broken(Share):
        async def drift(self) -> tuple[str, ...]:
            raise ZeroDivisionError("of ours")

    comparison = await drift_of(source, Broken(source, connector._wire))  # pyright: ignore[reportPrivateUsage]
    assert comparison.lines == ()
    assert "ZeroDivisionError('of ours')" in str(comparison.failure)
