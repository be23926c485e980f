"""Answers of any form: no row is lost, none is multiplied, and each value of each row is somewhere to be read."""

import random
from collections import Counter
from typing import Any

from app.tabular.tables import tables
from tests.tables.conftest import Explorer
from tests.tables.made import made

ANSWERS = 300
WORDS = ("nodes", "edges", "node", "name", "area", "rows")


class Answer:
    """A random query with its data: every value in it is another number."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._values = 0
        self.items: Counter[str] = Counter()
        text, self.data = self._fields([{}], "", 0)
        self.query = f"{{ {text} }}"

    def _fields(self, objects: list[dict[str, Any]], path: str, depth: int) -> tuple[str, dict[str, Any]]:
        """Adds fields to each of some objects of one type; the text of their selection, and the first of them."""
        keys = self._draw.sample("abcd", self._draw.randint(1, 3))
        texts: list[str] = []
        for key in keys:
            field = f"{key}: {self._draw.choice(WORDS)}" if self._draw.random() < 0.7 else key
            inside = f"{path}.{key}".removeprefix(".")
            kind = self._draw.choice(("value", "object", "list", "list") if depth < 3 else ("value",))
            if kind == "value":
                for item in objects:
                    self._values += 1
                    item[key] = self._values
                texts.append(field)
                continue
            children: list[dict[str, Any]] = []
            for item in objects:
                if kind == "object":
                    item[key] = {} if self._draw.random() < 0.9 else None
                    children += [item[key]] if item[key] is not None else []
                else:
                    item[key] = [{} for _ in range(self._draw.choice((0, 1, 2, 3)))]
                    children += item[key]
            if kind == "list":
                self.items[inside] = len(children)
            text, _ = self._fields(children, inside, depth + 1)
            texts.append(f"{field} {{ {text} }}")
        return " ".join(texts), objects[0] if objects else {}


def values(data: Any) -> set[int]:
    """Every number in the data."""
    match data:
        case dict():
            return {value for item in data.values() for value in values(item)}
        case list():
            return {value for item in data for value in values(item)}
        case int():
            return {data}
        case _:
            return set()


def test_no_row_of_any_list_is_lost_or_multiplied_and_no_value_is_out_of_sight(explorer: Explorer) -> None:
    draw = random.Random(7)
    questions: list[dict[str, Any]] = []
    written: list[dict[str, str]] = []
    several = nested = 0
    for _ in range(ANSWERS):
        answer = Answer(draw)
        result = tables(answer.query, None, {"data": answer.data})
        names = [table.name for table in result]
        assert len(set(names)) == len(names), answer.query
        # A list without a value of its own, and an object at the top, have no count to be held to.
        counts = Counter(table.rows for table in result)
        lists = Counter(answer.items.values())
        lists.update(int(value is not None) for value in answer.data.values() if not isinstance(value, list))
        assert not counts - lists, answer.query
        seen = {value for table in result if not table.repeated for column in table.columns for value in column.values}
        assert seen - {None} == values(answer.data), answer.query
        for table in result:
            rows = [tuple(column.values[row] for column in table.columns) for row in range(table.rows)]
            has_own = any(len(set(column.values)) == table.rows for column in table.columns)
            assert len(set(rows)) == len(rows) or not has_own, answer.query
        several += sum(not table.repeated for table in result) > 1
        nested += any("." in name for name in names)
        questions.append({"query": answer.query, "operation": None, "answer": {"data": answer.data}, "hidden": ""})
        written.append({table.name: made("csv", table).decode() for table in result})
    for question, files, theirs in zip(questions, written, explorer(questions), strict=True):
        assert {table["name"]: table["csv"] for table in theirs["tables"]} == files, question["query"]
    assert several > 50
    assert nested > 50
