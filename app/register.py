"""The public register of the agreements that are in force: a page, and the same as CSV.

Its columns are those of the register of information sharing agreements that the Digital Economy Act 2017 has brought
about, so far as they are about an agreement and not about people."""

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import freshness
from app.confirmed import confirmed
from app.tabular.printable import no_formula
from policies.agreement import Agreement
from policies.book import Book
from policies.caller import PARTNERS, PURPOSES
from policies.rules import Rules
from reference.area import AreaLevel
from reference.london import london_day
from reference.measure import DepartmentCode
from schema.catalogue import NAMES

COLUMNS = (
    "Agreement", "Version", "Name", "Public authorities involved", "Purpose", "Benefits", "Information shared",
    "Data subjects", "Legal gateways", "How it is protected", "Data protection impact assessment",
    "What happens to it at the end", "Start date", "End date", "Review date",
)  # fmt: skip
# The finest places that figures are about.
LEVELS = {
    AreaLevel.UK: "the UK",
    AreaLevel.COUNTRY: "countries",
    AreaLevel.REGION: "regions",
    AreaLevel.LA: "local authorities",
}
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Written:
    """The register as it is written, while the book has this epoch and the clock has not come to `until`."""

    epoch: int
    until: datetime
    page: bytes
    csv: bytes


class Register:
    """The register of a gateway's agreements. It is written anew when one begins or ends."""

    def __init__(self, book: Callable[[], Book], rules: Rules) -> None:
        self._book, self._rules = book, rules
        self._written: _Written | None = None

    @property
    def routes(self) -> list[Route]:
        """Where it is read."""
        return [Route("/register", self.page), Route("/register.csv", self.csv)]

    async def page(self, request: Request) -> Response:
        """GET /register: for people."""
        return freshness.page(request, (await self._now()).page, "text/html; charset=utf-8", 0)

    async def csv(self, request: Request) -> Response:
        """GET /register.csv: for programs and spreadsheets."""
        return freshness.page(request, (await self._now()).csv, "text/csv; charset=utf-8", 0)

    async def _now(self) -> _Written:
        """The register of this moment. Raises HTTPException where it is not known what is in force."""
        book, now, written = confirmed(self._book()), datetime.now(UTC), self._written
        if written is None or written.epoch != book.epoch or now >= written.until:
            written = self._written = await asyncio.to_thread(self._write, book, now)
        return written

    def _write(self, book: Book, now: datetime) -> _Written:
        moments = [moment for one in book for moment in (one.not_before, one.not_after) if moment > now]
        rows = [_row(one, self._rules) for one in book.in_force(now)]
        until = min(moments, default=datetime.max.replace(tzinfo=UTC))
        return _Written(book.epoch, until, _page(rows).encode(), _csv(rows).encode())


def _row(one: Agreement, rules: Rules) -> Row:
    record = one.record
    purpose, protection, between = record["purpose"], record["protection"], record["parties"]
    others: Sequence[str] = between.get("other_organisations") or ()
    return (
        one.id,
        str(one.version),
        one.title,
        "; ".join((f"{_name(one.owner)} (shares)", f"{_name(one.consumer)} (receives)", *others)),
        f"{one.statement} ({'; '.join(PURPOSES[name] for name in sorted(one.purposes))})",
        "; ".join(benefit.replace("-", " ") for benefit in purpose["benefits"]),
        _shared(one, rules),
        protection["data_subjects"],
        "; ".join(rules.gateways[gateway].citation for gateway in one.gateways),
        "; ".join(obligation.words for obligation in one.obligations) or "As its owner publishes it",
        protection.get("impact_assessment") or "None stated",
        record["security"]["disposal"],
        london_day(one.not_before).isoformat(),
        london_day(one.not_after).isoformat(),
        one.review_by.isoformat(),
    )


def _name(organisation: str) -> str:
    """An organisation in full."""
    if organisation in PARTNERS:
        return PARTNERS[organisation]
    return NAMES[DepartmentCode(organisation)] if organisation in set(DepartmentCode) else organisation


def _shared(one: Agreement, rules: Rules) -> str:
    """Which figures, in words."""
    scope: Mapping[str, Any] = one.record["scope"]
    titles = ", ".join(rules.measures[name].title for name in one.measures)
    sets = [" and ".join(str(facet).replace("_", " ").lower() for facet in facets) for facets in scope["breakdowns"]]
    broken = f", by {' or by '.join(sets)}" if sets else ""
    place = f" within {rules.gazetteer[one.within].name}" if one.within else ""
    return f"{titles}{broken}; for {LEVELS[one.finest]}{place}"


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([no_formula(cell) for cell in row] for row in rows)
    return out.getvalue()


def _page(rows: Sequence[Row]) -> str:
    many = f"{len(rows)} agreement{'' if len(rows) == 1 else 's'} in force."
    return PAGE.format(many=many, agreements="\n".join(map(_section, rows)))


def _section(row: Row) -> str:
    id, version, name, *cells = map(escape, row)
    terms = "\n".join(f"<dt>{head}</dt><dd>{cell}</dd>" for head, cell in zip(COLUMNS[3:], cells, strict=True))
    head = f'<h2 id="{id}">{name}</h2>\n<p>{id}, version {version}</p>'
    return f'<section aria-labelledby="{id}">\n{head}\n<dl>\n{terms}\n</dl>\n</section>'


PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Register of data-sharing agreements - Labour Market Data Trust</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #0b0c0c; margin: 0 }}
header {{ background: #0b3c5d; color: #fff; padding: .6rem 1rem }}
header a {{ color: inherit }}
main {{ max-width: 60rem; padding: 0 1rem }}
a:focus-visible {{ outline: 3px solid #ffdd00; box-shadow: 0 0 0 5px #0b0c0c }}
section {{ border-top: 1px solid #505a5f }}
dl {{ display: grid; grid-template-columns: min(14rem, 35%) 1fr; gap: .25rem 1rem }}
dt {{ font-weight: bold }}
dd {{ margin: 0 }}
</style>
</head>
<body>
<header><a href="/">Labour Market Data Trust</a></header>
<main>
<h1>Register of data-sharing agreements</h1>
<p>{many} Dates are days in London; an agreement is in force from its start date until, and not on, its end date.
The same <a href="/register.csv">as CSV</a>.</p>
{agreements}
</main>
</body>
</html>
"""
