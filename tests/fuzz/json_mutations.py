"""JSON that is not what it should be: values of other kinds, keys that are missing, items twice or in another order."""

import json
from random import Random
from typing import Any

from tests.fuzz.recording import Reply

MEDIA = frozenset({"application/json"})
# Stands for what JSON's writer would not write; it is put into the text afterwards.
HOLE = "\x1dhole\x1d"
RAW = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "01", "+1", ".5", "1.", "0x1F", "1_000", "'a'", "undefined",
       "9" * 400, "-0", "1e-400", "True", "// x\n1", '"\\ud800"', '"\\x41"', "[" * 2000 + "]" * 2000)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, "", " ", "x", "A", "0", "1", "1,000", "1e5", "\u0661\u0662", "\u00b2", "NaN", "null", "..", "c",
    -1, -0.5, 0.5, 1e9, 1e18, 1e308, 2**63, 2**64, -(2**63), [], {}, [[]], [None], {"": None}, [1, 2], {"value": 1},
    "x" * 5000, "\x00", "\u202e1", "2023-13", "E99999999", "0" * 40,
)  # fmt: skip


def mutate(chance: Random, reply: Reply) -> Reply:
    """The reply with something in its JSON changed; with its bytes as they are where it is none."""
    try:
        root = {"": json.loads(reply.content)}
    except (ValueError, RecursionError):
        return reply
    raw = _change(chance, *_slot(chance, root))
    text = json.dumps(root[""], ensure_ascii=chance.random() < 0.5) if "" in root else ""
    if raw is not None:
        text = text.replace(json.dumps(HOLE), raw)
    if chance.random() < 0.05:
        text = _key_twice(chance, text)
    return reply._replace(content=text.encode("utf-8", "surrogatepass"))


def _slot(chance: Random, root: dict[str, Any]) -> tuple[Any, Any]:
    """A container and a key or index in it, from anywhere in the document: near the top as often as deep in it."""
    inside, key = root, ""
    while chance.random() < 0.75:
        value = inside[key]
        if not isinstance(value, dict | list) or not value:
            break
        inside, key = value, chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
    return inside, key


def _change(chance: Random, inside: Any, key: Any) -> str | None:
    """Changes what is in one place; a text to put there, where it is nothing that JSON's writer writes."""
    value = inside[key]
    match chance.randrange(16):
        case 0:
            del inside[key]
        case 1 if isinstance(inside, dict):
            inside[chance.choice((key.upper(), key.title(), key + " ", "", key + "s", "\u200b" + key))] = inside.pop(
                key
            )
        case 1 | 2 if isinstance(inside, list):
            inside[key:key] = [value] * chance.choice((1, 1, 2, 1000))
        case 3 if isinstance(inside, list):
            chance.shuffle(inside)
        case 4 if isinstance(value, list):
            value.reverse()
        case 5 if isinstance(value, list):
            del value[chance.randrange(len(value) + 1) :]
        case 6:
            inside[key] = [value] if chance.random() < 0.5 else {"value": value}
        case 7 if isinstance(value, list | dict) and value:
            inside[key] = next(iter(value)) if isinstance(value, list) else next(iter(value.values()))
        case 8:
            other, there = (inside, chance.choice(list(inside))) if isinstance(inside, dict) else (inside, -1)
            inside[key], other[there] = other[there], inside[key]
        case 9:
            inside[key] = HOLE
            return chance.choice(RAW)
        case 10 if isinstance(value, str):
            inside[key] = _text(chance, value)
        case 10 | 11 if type(value) in (int, float) and abs(value) < 1e300:
            inside[key] = chance.choice(
                (str(value), -value, value * 1e7, value + 0.5, [value], f"{value:,}", f"{value} ")
            )
        case 12 if isinstance(inside, dict):
            inside[chance.choice(("", "value", "x" * 500, "__proto__", "values", "id"))] = chance.choice(ODD)
        case 13 if isinstance(value, dict):
            items = list(value.items())
            chance.shuffle(items)
            inside[key] = dict(items)
        case 14 if isinstance(value, list):
            inside[key] = dict(enumerate(value))
        case _:
            inside[key] = chance.choice(ODD)
    return None


def _text(chance: Random, text: str) -> str:
    wide = text.translate({ord("0") + at: 0xFF10 + at for at in range(10)})
    return chance.choice(
        (
            text.upper(), text.lower(), f" {text}", f"{text} ", f"{text}\u00a0", text[:-1], text[1:], text * 2, wide,
            text.replace("0", "O"), text.replace("E", "\u0415"), f"{text}\x00", f"{text}9", f"-{text}", f"{text}e9",
            f"{text},000", f"{text} [p]", f"[{text}]", f"\u202e{text}",
        )
    )  # fmt: skip


def _key_twice(chance: Random, text: str) -> str:
    """A key of some object twice, first with nothing."""
    places = [at for at in range(len(text)) if text.startswith('": ', at)][:500]
    if not places:
        return text
    end = chance.choice(places)
    start = text.rfind('"', 0, end)
    return text[:start] + text[start : end + 2] + chance.choice((" null, ", " 1, ", " [], ", ' "x", ')) + text[start:]
