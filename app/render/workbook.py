"""A workbook with everything but the rows of its lists: covers, terms, headings, and where the rows will be."""

# xlsxwriter comes with types for some of it.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import io
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from xlsxwriter.format import Format as Style
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from app.render.about import TRUST, About, MeasureTerms
from app.render.table import AnswerTable

# The headings of a list stand in the fourth row of its sheet: below its title, what is in it, and how to read it.
HEADINGS = 4
FIRST_ROW = HEADINGS + 1
FONT = {"font_name": "Arial", "font_size": 12}
SHEETS = COVER, MEASURES, MARKERS, NOTES = ("Cover sheet", "Measures", "Markers", "Notes")
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
NAME = 31
READING = (
    "Letters in square brackets stand where there is no figure, and say why: the sheet Markers has their meaning. "
    "Markers that stand beside a figure are in the column next to it; where that is blank, there are none."
)
TERMS: Sequence[tuple[str, Callable[[MeasureTerms], str | None]]] = (
    ("Measure", lambda one: one.title),
    ("Columns", lambda one: ", ".join(one.columns)),
    ("What it is", lambda one: one.description),
    ("Unit", lambda one: one.unit),
    ("Owner", lambda one: one.owner),
    ("Producer", lambda one: one.producer),
    ("Source", lambda one: one.source),
    ("Dataset", lambda one: one.dataset),
    ("Release", lambda one: one.release),
    ("Licence", lambda one: one.licence),
    ("Retrieved at", lambda one: moment(one.retrieved_at) if one.retrieved_at else None),
    ("Agreement", lambda one: agreed(one)),
    ("Treatment", lambda one: ". ".join(one.treatment)),
    ("Withheld", lambda one: one.withheld),
)
# A cell that has nothing to say says so.
NOTHING = "Not applicable"


class ListPart(NamedTuple):
    """Where a list is in the file of a workbook: the part that lacks its rows, and the one that marks them up as a
    table, which says that there is one row."""

    table: AnswerTable
    sheet: str
    markup: str | None


def workbook(tables: Sequence[AnswerTable], about: About) -> tuple[bytes, Sequence[ListPart]]:
    """The workbook as a file, and where the rows of its lists are lacking."""
    content = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(content, {**plain, "default_format_properties": FONT})
    made = about.answered_at.replace(tzinfo=None)
    book.set_properties({"title": about.title, "author": TRUST, "subject": about.contents, "created": made})
    styles = Styles(book)
    names = sheet_names([table.name for table in tables])
    _cover(book, styles, about, names)
    heads, terms = [heading for heading, _ in TERMS], [[read(one) for _, read in TERMS] for one in about.measures]
    _terms(book, styles, MEASURES, "What each measure is, where it came from, and under what terms", heads, terms)
    marks = [[f"[{name}]", words.removeprefix(f"[{name}] ")] for name, words in about.markers.items()]
    _terms(book, styles, MARKERS, "What the markers mean", ["Marker", "Meaning"], marks)
    notes = [[note.code, note.about, note.message, note.remedy] for note in about.notes]
    what = "What is missing from the answer, or may surprise"
    _terms(book, styles, NOTES, what, ["Kind", "About", "What", "What to do"], notes)
    parts: list[ListPart] = []
    marked = len(SHEETS) - 1
    for number, (table, name) in enumerate(zip(tables, names, strict=True), 1):
        is_table = _list(book, styles, number, name, table, about)
        marked += is_table
        markup = f"xl/tables/table{marked}.xml" if is_table else None
        parts.append(ListPart(table, f"xl/worksheets/sheet{len(SHEETS) + number}.xml", markup))
    book.close()
    return content.getvalue(), parts


class Styles:
    """How cells look. `text`: long texts, which are broken into lines."""

    def __init__(self, book: Workbook) -> None:
        self.title: Style = book.add_format({"bold": True, "font_size": 16, "text_wrap": True, "valign": "top"})
        self.head: Style = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.text: Style = book.add_format({"text_wrap": True, "valign": "top"})


def _cover(book: Workbook, styles: Styles, about: About, lists: Sequence[str]) -> None:
    """What somebody must know who opens the file, a paragraph in each row of one column."""
    sheet = book.add_worksheet(COVER)
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, about.title, styles.title)
    for row, (text, style) in enumerate(_paragraphs(styles, about, lists), 1):
        sheet.write_string(row, 0, text, style)


def _paragraphs(styles: Styles, about: About, lists: Sequence[str]) -> Iterator[tuple[str, Style]]:
    whom = f" to {about.organisation}" if about.organisation else ""
    purpose = f", for {about.purpose}" if about.purpose else ""
    withheld = [measure.title for measure in about.measures if measure.withheld]
    yield f"{about.contents}.", styles.text
    yield "About these figures", styles.head
    yield f"Answered by the {TRUST}{whom} on {moment(about.answered_at)}{purpose}.", styles.text
    for text in dict.fromkeys(measure.source for measure in about.measures if measure.source):
        yield f"Source: {text}", styles.text
    for text in dict.fromkeys(measure.licence for measure in about.measures if measure.licence):
        yield f"Licence: {text}", styles.text
    for text in dict.fromkeys(agreed(measure) for measure in about.measures if measure.agreements):
        yield f"Shown under an agreement: {text}. It says who may use them and for what.", styles.text
    if withheld:
        yield f"Not shown to you: {', '.join(withheld)}. The sheet {NOTES} says why.", styles.text
    yield "What is in this workbook", styles.head
    yield f"Sheets of terms: {', '.join(SHEETS[1:])}.", styles.text
    yield f"Sheets of figures: {', '.join(lists)}.", styles.text
    yield READING, styles.text
    yield "How it can be proved", styles.head
    yield f"The receipt of this answer is {about.receipt} at the gateway; it is in the log {about.log}.", styles.text
    yield "What was asked", styles.head
    yield about.query, styles.text
    if about.variables:
        yield f"Variables: {orjson.dumps(about.variables).decode()}", styles.text


def _terms(
    book: Workbook,
    styles: Styles,
    name: str,
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str | None]],
) -> None:
    """A sheet of terms: a title and a table."""
    sheet = book.add_worksheet(name)
    sheet.set_column(0, len(heads) - 1, 40)
    sheet.write_string(0, 0, title, styles.title)
    shown = rows or [["None"] + [NOTHING] * (len(heads) - 1)]
    for at, row in enumerate(shown, 2):
        for place, text in enumerate(row):
            sheet.write_string(at, place, text or NOTHING, styles.text)
    _as_table(sheet, styles, 1, len(shown), heads, f"{name}_terms")


def _list(book: Workbook, styles: Styles, number: int, name: str, table: AnswerTable, about: About) -> bool:
    """The sheet of a list without its rows. Whether they are marked up as a table: of one row, for the library looks at
    each of its cells."""
    sheet = book.add_worksheet(name)
    heads = table.schema.names
    sheet.set_column(0, len(heads) - 1, 22)
    sheet.write_string(0, 0, f"{about.title}: {table.name}", styles.title)
    sheet.write_string(1, 0, f"{about.contents}.")
    sheet.write_string(2, 0, READING)
    sheet.freeze_panes(HEADINGS, 0)
    # A code such as 2023 is a text, and right so.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return _as_table(sheet, styles, HEADINGS - 1, min(1, table.count), heads, f"Table_{number}")


def _as_table(sheet: Worksheet, styles: Styles, row: int, count: int, heads: Sequence[str], name: str) -> bool:
    """Headings, marked up with the rows below them as a table. Excel knows no two headings that differ in case alone:
    a list that has them is no table."""
    for at, head in enumerate(heads):
        sheet.write_string(row, at, head, styles.head)
    fits = count > 0 and len({head.casefold() for head in heads}) == len(heads)
    if fits:
        columns = [{"header": head, "header_format": styles.head} for head in heads]
        given = {"name": name, "columns": columns, "autofilter": False, "style": None}
        sheet.add_table(row, 0, row + count, len(heads) - 1, given)
    return fits


def sheet_names(lists: Sequence[str]) -> list[str]:
    """A name of a sheet for each list, as Excel allows them: no two alike."""
    taken = {name.casefold() for name in SHEETS}
    names: list[str] = []
    for one in lists:
        short = FORBIDDEN.sub("_", one)[:NAME] or "list"
        at = 1
        while short.casefold() in taken:
            at += 1
            short = f"{FORBIDDEN.sub('_', one)[: NAME - 4]}_{at}"
        taken.add(short.casefold())
        names.append(short)
    return names


def agreed(measure: MeasureTerms) -> str | None:
    """The agreements that a measure is shown under."""
    return "; ".join(f"{one.id} v{one.version}, {one.title}" for one in measure.agreements) or None


def moment(at: datetime) -> str:
    """A moment in words."""
    return f"{at.day} {at:%B %Y} at {at:%H:%M} UTC"
