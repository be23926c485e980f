"""The page of the report: HTML without scripts, read from top to bottom, with bars drawn beside their numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from app.commands.agreements.looking import day
from app.commands.demand.words import by, days, plain, title, who, why
from policies.caller import PURPOSES

# Arrangements that are told on the page, rows of its other tables, and the width of a bar in pixels.
HELPFUL, ROWS, WIDTH = 5, 15, 180
NUMBER = "number"
# Columns of a table from which on its first would be squeezed.
WIDE = 6
Found = Mapping[str, Any]
STYLE = """
:root { color-scheme: light; --ink: #0b0c0c; --quiet: #505a5f; --line: #b1b4b6; --met: #1d70b8; --unmet: #f47738; }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.5rem 4rem; font: 1.05rem/1.5 system-ui, Arial, sans-serif;
  color: var(--ink); background: #fff }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem } h2 { font-size: 1.4rem; margin: 3rem 0 .25rem }
h3 { font-size: 1.1rem; margin: 0 0 .25rem } p { margin: .25rem 0 1rem; max-width: 44rem }
.quiet { color: var(--quiet) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line) }
thead :is(th, td) { vertical-align: bottom; border-bottom: 2px solid var(--ink) } tbody th { font-weight: 600 }
th .quiet { font-weight: 400 } .wide tbody th { min-width: 17rem }
.number { text-align: right; font-variant-numeric: tabular-nums } td.number { white-space: nowrap }
td svg { display: block }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; margin: 1.5rem 0 0 }
.totals dt { color: var(--quiet) }
.totals dd { margin: 0; font-size: 2rem; font-weight: 700; line-height: 1.2 }
ol { padding: 0; list-style: none }
li { border-left: 5px solid var(--met); padding: .1rem 0 .1rem 1rem; margin: 1.25rem 0 }
li p { margin: .25rem 0 } .key { display: inline-block; width: .9rem; height: .9rem; vertical-align: -.1rem }
.met { background: var(--met) } .unmet { background: var(--unmet) }
@media print { body { padding: 0; max-width: none } h2, li, tr { break-inside: avoid } }
"""


def page(found: Found) -> str:
    """The page, whole: it needs no other file."""
    body = "\n".join(
        [*_head(found), *_departments(found), *_helpful(found), *_used(found), *_unused(found), *_missed(found)]
    )
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Demand for labour market data, {found['since']} to {found['until']}</title>\n"
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(found: Found) -> Iterable[str]:
    met, unmet = (sum(one[key] for one in found["between"]) for key in ("met", "unmet"))
    in_force = [one for one in found["agreements"] if one["inForce"]]
    unused = sum(not one["operations"] for one in in_force)
    yield "<h1>Demand for labour market data</h1>"
    yield (
        f'<p class="quiet">{found["since"]} to {found["until"]}, both included. Counted from the record of the Trust.'
        "</p>"
    )
    yield '<dl class="totals">'
    for words, number in (
        ("questions", found["operations"]),
        ("demands met", met),
        ("demands refused", unmet),
        ("agreements in force", len(in_force)),
        ("of these, unused", unused),
    ):
        yield f"<div><dt>{words}</dt><dd>{number:,}</dd></div>"
    yield "</dl>"
    if found["untold"]:
        yield f"<p>{found['untold']:,} more questions, of rarer kinds, were not looked at.</p>"


def _departments(found: Found) -> Iterable[str]:
    yield "<h2>Met and unmet, by department</h2>"
    yield (
        "<p>A demand is one question for one department’s data. A question that was given some of it and refused some "
        'counts as both. <span class="key met"></span> met <span class="key unmet"></span> refused</p>'
    )
    each: dict[str, Counter[str]] = {}
    for one in found["between"]:
        each.setdefault(who(one["consumer"]), Counter()).update(met=one["met"], unmet=one["unmet"])
    yield "<h3>Who asked</h3>"
    yield from _bars("Department that asked", each)
    owners: dict[str, Counter[str]] = {}
    for one in found["between"]:
        owners.setdefault(one["owner"], Counter()).update(met=one["met"], unmet=one["unmet"])
    yield '<h3 style="margin-top:1.5rem">Whose data it is</h3>'
    yield from _bars("Department that owns the data", owners)


def _bars(head: str, each: Mapping[str, Counter[str]]) -> Iterable[str]:
    most = max((sum(one.values()) for one in each.values()), default=0)
    ranked = sorted(each.items(), key=lambda item: (-item[1]["unmet"], item[0]))
    rows = [
        (
            escape(name), _bar(one["met"], one["unmet"], most), f"{one['met']:,}", f"{one['unmet']:,}",
            f"{round(100 * one['met'] / max(1, one.total()))}%",
        )
        for name, one in ranked
    ]  # fmt: skip
    return _table((head, "", "Met", "Refused", "Share met"), rows, numbers=(2, 3, 4))


def _bar(met: int, unmet: int, most: int, width: int = WIDTH) -> str:
    """The numbers stand beside it: it is for the eye alone."""
    first, second = (round(width * part / max(1, most), 1) for part in (met, unmet))
    return (
        f'<svg aria-hidden="true" width="{width}" height="22" viewBox="0 0 {width} 22">'
        f'<rect width="{first}" height="22" fill="#1d70b8"/>'
        f'<rect x="{first}" width="{second}" height="22" fill="#f47738"/></svg>'
    )


def _helpful(found: Found) -> Iterable[str]:
    yield "<h2>The arrangements that would help most</h2>"
    helpful = [one for one in found["unmet"] if one["wouldAnswer"]][:HELPFUL]
    if not helpful:
        yield "<p>None: no agreement would answer anything that was refused.</p>"
        return
    yield (
        "<p>What would be answered if these were agreed: questions of this time, decided again. Whether they should be "
        "agreed, and under which law, is for people to say.</p>"
    )
    yield "<ol>"
    for one in helpful:
        fields = ", ".join(title(field["coordinate"]) for field in one["fields"])
        broken = " or by ".join(" and ".join(map(plain, facets)) for facets in one["breakdowns"])
        finest = plain(one["levels"][-1]) if one["levels"] else "any place"
        wanted = f"{finest}, by {broken}" if broken else finest
        yield (
            f"<li><h3>{escape(one['owner'])} shares with {escape(one['consumer'])}: {escape(fields)}</h3>"
            f"<p><strong>{one['wouldAnswer']:,} of {one['operations']:,} refused questions</strong> would be answered."
            "</p>"
            f"<p>For: {escape(PURPOSES.get(one['purpose'], one['purpose'] or 'no purpose stated'))}. "
            f'<span class="quiet">Asked for by {escape(wanted)}; figures of '
            f"{one['first']} to {one['last']}.</span></p></li>"
        )
    yield "</ol>"


def _used(found: Found) -> Iterable[str]:
    yield "<h2>Agreements in force, and their use</h2>"
    used = [one for one in found["agreements"] if one["inForce"] and one["operations"]]
    if not used:
        yield "<p>None was used.</p>"
        return
    most = max(one["operations"] for one in used)
    rows = [
        (
            _agreement(one), _bar(one["operations"], 0, most, WIDTH // 2), f"{one['operations']:,}",
            f"{one['figures']:,}", days(one["daysToProposal"]), days(one["daysToSignature"]), days(one["daysToUse"]),
        )
        for one in used
    ]  # fmt: skip
    head = (
        "Agreement", "", "Questions", "Figures", "Refused to proposed", "Proposed to signed", "Signed to used",
    )  # fmt: skip
    yield from _table(head, rows, numbers=(2, 3, 4, 5, 6))
    yield '<p class="quiet">A dash: not known, as of agreements that the Trust began with.</p>'


def _unused(found: Found) -> Iterable[str]:
    yield "<h2>Agreements in force that nobody used</h2>"
    rows = [
        (_agreement(one), day(one["agreement"]["notAfter"]))
        for one in found["agreements"]
        if one["inForce"] and not one["operations"]
    ]
    if rows:
        yield from _table(("Agreement", "In force until"), rows)
    else:
        yield "<p>None.</p>"


def _missed(found: Found) -> Iterable[str]:
    yield "<h2>Wanted, and not there</h2>"
    yield "<p>No agreement would help: it is not published so, no source has it, or nothing has that name.</p>"
    rows = [
        (
            escape(title(one["measure"]) or "-"), escape(why(one["kind"])), escape(who(one["consumer"])),
            escape(by(one, plain)), str(one["year"] or "-"), f"{one['times']:,}",
        )
        for one in found["missed"][:ROWS]
    ]  # fmt: skip
    if rows:
        yield from _table(("Measure, or the nearest", "Why", "Who asked", "Wanted", "Year", "Times"), rows, (5,))
    else:
        yield "<p>Nothing was missed.</p>"
    yield (
        '<p class="quiet">All of it: demand.csv, months.csv, unmet.csv, missed.csv and agreements.csv, beside this '
        "page.</p>"
    )


def _agreement(one: Found) -> str:
    said = one["agreement"]
    between = f"{said['id']}: {said['owner']} shares with {said['consumer']}"
    return f'{escape(between)}<br><span class="quiet">{escape(said["title"])}</span>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> Iterable[str]:
    """A table of cells that are HTML. The first of each row is its heading."""
    kinds = [f' class="{NUMBER}"' if at in numbers else "" for at in range(len(head))]
    yield f'<div class="scroll"><table{" class=wide" if len(head) > WIDE else ""}><thead><tr>'
    for kind, words in zip(kinds, head, strict=True):
        yield f'<th scope="col"{kind}>{words}</th>' if words else '<td aria-hidden="true"></td>'
    yield "</tr></thead><tbody>"
    for first, *rest in rows:
        cells = "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds[1:], rest, strict=True))
        yield f'<tr><th scope="row">{first}</th>{cells}</tr>'
    yield "</tbody></table></div>"
