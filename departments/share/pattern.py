"""The pattern of a release: which cells of a measure are hidden in every answer, fixed before any question.

A file: a line of canonical JSON (RFC 8785) that says of what it is and names the axes, then a bit for each cell, in the
order places, periods, groups. A pattern that is the same in all periods has them once. Its name is the SHA-256 of all
of it. It holds no figure; of the figures it was made from it has a digest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import numpy as np
import orjson
import rfc8785
from numpy.typing import NDArray

from departments.share.mapping import Mapped, Protection
from departments.share.question import NodeQuery

Cells = NDArray[np.bool_]
VERSION = 1


class NoPattern(Exception):
    """There is no pattern that these figures may be given with: says why, for the department's operator."""


@dataclass(frozen=True)
class Pattern:
    """`hidden`: over places, periods and groups; over one period where `series`. `groups`: a member for each of
    `facets`, "" for the total. `rule`: what the mapping asked for. `figures`: a digest of what it was made from."""

    dataset: str
    release: str
    measure: str
    rule: Mapping[str, float]
    series: bool
    areas: tuple[str, ...]
    periods: tuple[str, ...]
    facets: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    figures: str
    hidden: Cells

    @cached_property
    def content(self) -> bytes:
        """The file."""
        head = {
            "version": VERSION, "dataset": self.dataset, "release": self.release, "measure": self.measure,
            "rule": dict(self.rule), "series": self.series, "areas": list(self.areas), "periods": list(self.periods),
            "facets": list(self.facets), "groups": [list(group) for group in self.groups], "figures": self.figures,
        }  # fmt: skip
        return rfc8785.dumps(cast(Any, head)) + b"\n" + np.packbits(self.hidden).tobytes()

    @cached_property
    def name(self) -> str:
        """What answers and provenance call it by."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    def over(self, query: NodeQuery) -> tuple[Cells, Cells]:
        """In the shape of a question: which cells are hidden, and which of them the pattern knows at all."""
        facets = [self.facets.index(facet) for facet in query.by]
        groups = [
            tuple(group[facets.index(at)] if at in facets else "" for at in range(len(self.facets)))
            for group in query.groups
        ]
        areas, periods, places = (
            np.array([axis.get(code, -1) for code in asked], np.intp)
            for axis, asked in zip(self.axes, (query.areas, [p.code for p in query.periods], groups), strict=True)
        )
        known = (areas >= 0)[:, None, None] & (periods >= 0)[None, :, None] & (places >= 0)[None, None, :]
        if self.series:
            periods = np.zeros_like(periods)
        return self.hidden[np.ix_(areas, periods, places)] & known, known

    @cached_property
    def axes(self) -> tuple[Mapping[Any, int], Mapping[Any, int], Mapping[Any, int]]:
        """Where each place, period and group stands."""
        areas, periods, groups = (
            {code: at for at, code in enumerate(axis)} for axis in (self.areas, self.periods, self.groups)
        )
        return areas, periods, groups


def rule_of(protection: Protection) -> dict[str, float]:
    """What of a mapping's protection decides which cells are hidden."""
    return {key: float(getattr(protection, key)) for key in ("suppress_below", "contributors", "percent")}


def parsed(content: bytes) -> Pattern:
    """A pattern from its file. Raises ValueError where it is none of this version."""
    line, _, bits = content.partition(b"\n")
    try:
        head: dict[str, Any] = orjson.loads(line)
        if head.pop("version") != VERSION:
            raise ValueError("another version")
        shape = (len(head["areas"]), 1 if head["series"] else len(head["periods"]), len(head["groups"]))
        size = shape[0] * shape[1] * shape[2]
        if len(bits) != -(-size // 8):
            raise ValueError("another length than its axes have")
        for axis in ("areas", "periods", "facets"):
            head[axis] = tuple(head[axis])
        head["groups"] = tuple(tuple(group) for group in head["groups"])
        hidden = np.unpackbits(np.frombuffer(bits, np.uint8), count=size).astype(bool).reshape(shape)
        pattern = Pattern(**head, hidden=hidden)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a pattern: {error!r}") from error
    if pattern.content != content:
        raise ValueError("not written as a pattern is")
    return pattern


class Patterns:
    """The patterns in a folder, each read once and again when its file has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, tuple[tuple[int, int], Pattern]] = {}

    def path(self, dataset: str, measure: str, release: str | None) -> Path:
        """Where a pattern is kept."""
        return self.folder / f"{'.'.join(quote(part, safe='') for part in (dataset, measure, release or ''))}.pattern"

    def of(self, mapped: Mapped, measure: str, release: str | None) -> Pattern:
        """The pattern of a release, made by the rule that the mapping has now. Raises NoPattern."""
        path = self.path(mapped.id, measure, release)
        pattern = self.read(path)
        if (pattern.dataset, pattern.measure, pattern.release) != (mapped.id, measure, release or ""):
            raise NoPattern(f"{path} is the pattern of something else: lmdt protect makes it anew")
        if pattern.rule != rule_of(mapped.protection) or pattern.series != mapped.protection.series:
            raise NoPattern(f"{path} was made by another rule than the mapping has: lmdt protect makes it anew")
        return pattern

    def read(self, path: Path) -> Pattern:
        """The pattern in a file. Raises NoPattern."""
        try:
            seen = path.stat()
            stamp = (seen.st_mtime_ns, seen.st_size)
            kept = self._read.get(path)
            if kept is None or kept[0] != stamp:
                kept = self._read[path] = (stamp, parsed(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise NoPattern(f"{path} cannot be read ({error}): lmdt protect makes it") from error
        return kept[1]

    def keep(self, pattern: Pattern) -> Path:
        """Write a pattern's file, all of it at once."""
        path = self.path(pattern.dataset, pattern.measure, pattern.release or None)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.write_bytes(pattern.content)
        aside.replace(path)
        return path
